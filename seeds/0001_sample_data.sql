-- A small tea company and its work: something to look at, query and break while you develop.
-- Never meant for production. Undone by the down half, which removes these rows and no others.
--
-- The keys are fixed, so that a link or a test can rely on them:
--   users     10000000-0000-4000-8000-000000000001 to ...012
--   projects  20000000-0000-4000-8000-000000000001 to ...005
--   tasks     30000000-0000-4000-8000-000000000001 to ...060
-- All times count back from the moment of seeding, so the data never looks old.

-- migrate:up

-- Nobody can sign in as these people. The hash has the form of a real one (argon2id), but its two parts only
-- say, in base64, "sample-data-only" and "this-is-not-a-real-password-hash".
INSERT INTO users (id, email, full_name, password_hash, created_at, updated_at)
SELECT
    id::uuid, email, full_name,
    '$argon2id$v=19$m=19456,t=2,p=1$c2FtcGxlLWRhdGEtb25seQ$dGhpcy1pcy1ub3QtYS1yZWFsLXBhc3N3b3JkLWhhc2g',
    now() - joined, now() - changed
FROM (VALUES
    ('10000000-0000-4000-8000-000000000001', 'amara.okafor@example.com', 'Amara Okafor', interval '420 days', interval '35 days'),
    ('10000000-0000-4000-8000-000000000002', 'linh.nguyen@example.com', 'Linh Nguyen', interval '410 days', interval '75 days'),
    ('10000000-0000-4000-8000-000000000003', 'mateo.fernandez@example.com', 'Mateo Fernández', interval '380 days', interval '95 days'),
    ('10000000-0000-4000-8000-000000000004', 'priya.raghavan@example.com', 'Priya Raghavan', interval '350 days', interval '28 days'),
    ('10000000-0000-4000-8000-000000000005', 'jonas.lindqvist@example.com', 'Jonas Lindqvist', interval '300 days', interval '140 days'),
    ('10000000-0000-4000-8000-000000000006', 'yuki.tanaka@example.com', 'Yuki Tanaka', interval '270 days', interval '270 days'),
    ('10000000-0000-4000-8000-000000000007', 'fatima.alsayed@example.com', 'Fatima Al-Sayed', interval '240 days', interval '61 days'),
    ('10000000-0000-4000-8000-000000000008', 'tomasz.nowak@example.com', 'Tomasz Nowak', interval '222 days', interval '12 days'),
    ('10000000-0000-4000-8000-000000000009', 'leilani.kealoha@example.com', 'Leilani Kealoha', interval '150 days', interval '22 days'),
    ('10000000-0000-4000-8000-000000000010', 'oksana.shevchenko@example.com', 'Oksana Shevchenko', interval '110 days', interval '110 days'),
    ('10000000-0000-4000-8000-000000000011', 'thabo.mokoena@example.com', 'Thabo Mokoena', interval '60 days', interval '60 days'),
    ('10000000-0000-4000-8000-000000000012', 'siobhan.byrne@example.com', 'Siobhán Byrne', interval '6 days', interval '6 days')
) AS people (id, email, full_name, joined, changed);

-- Siobhán started last week and has no profile yet. An inner join with this table would lose her.
INSERT INTO user_profiles (user_id, avatar_url, bio, phone, created_at, updated_at)
SELECT user_id::uuid, avatar_url, bio, phone, now() - written, now() - written
FROM (VALUES
    ('10000000-0000-4000-8000-000000000001', 'https://example.com/avatars/amara.okafor.png',
     'Founded the company in her kitchen. Knows every supplier by first name.', '+1 202 555 0101', interval '418 days'),
    ('10000000-0000-4000-8000-000000000002', 'https://example.com/avatars/linh.nguyen.png',
     'Runs the warehouse and the people in it. Counts things twice.', '+1 202 555 0102', interval '409 days'),
    ('10000000-0000-4000-8000-000000000003', 'https://example.com/avatars/mateo.fernandez.png',
     'Finance, leases and everything with a deadline.', '+44 1632 960103', interval '380 days'),
    ('10000000-0000-4000-8000-000000000004', 'https://example.com/avatars/priya.raghavan.png',
     'Product manager. Drinks more oolong than is sensible.', '+44 1632 960104', interval '349 days'),
    ('10000000-0000-4000-8000-000000000005', 'https://example.com/avatars/jonas.lindqvist.png',
     'Back-end developer. Happiest when a page loads in 50 ms.', NULL, interval '300 days'),
    ('10000000-0000-4000-8000-000000000006', 'https://example.com/avatars/yuki.tanaka.png',
     'Designer. Draws on paper first.', NULL, interval '268 days'),
    ('10000000-0000-4000-8000-000000000007', 'https://example.com/avatars/fatima.alsayed.png',
     'Writes what customers read.', '+44 1632 960107', interval '240 days'),
    ('10000000-0000-4000-8000-000000000008', 'https://example.com/avatars/tomasz.nowak.png',
     'Operations and infrastructure. On call every second week.', '+1 202 555 0108', interval '221 days'),
    ('10000000-0000-4000-8000-000000000009', 'https://example.com/avatars/leilani.kealoha.png',
     NULL, '+1 202 555 0109', interval '150 days'),
    ('10000000-0000-4000-8000-000000000010', NULL,
     'Front-end developer in three languages.', NULL, interval '108 days'),
    ('10000000-0000-4000-8000-000000000011', NULL,
     NULL, NULL, interval '59 days')
) AS profiles (user_id, avatar_url, bio, phone, written);

INSERT INTO projects (id, owner_id, name, status, description, created_at, updated_at)
VALUES
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'Online shop relaunch', 'active',
     'A faster shop that also works on a telephone.', now() - interval '120 days 1 hour', now() - interval '2 days'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002', 'Warehouse scanner app', 'active',
     'Pick and pack orders with a hand-held scanner instead of paper lists.', now() - interval '75 days 2 hours', now() - interval '4 days'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004', 'Tea subscription', 'active',
     'A box of new teas every month, paid monthly.', now() - interval '30 days 3 hours', now() - interval '1 day'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003', 'Office move', 'completed',
     'From the old harbour to the brick building by the park.', now() - interval '220 days 4 hours', now() - interval '95 days'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000007', 'Customer magazine', 'archived',
     'A printed magazine, four times a year. Stopped after the first offers from printers.', now() - interval '200 days 5 hours', now() - interval '130 days');

-- The owner of a project is also a member of it, in the role of owner.
INSERT INTO project_members (project_id, user_id, role, created_at, updated_at)
SELECT project_id::uuid, user_id::uuid, role::member_role, now() - joined, now() - joined
FROM (VALUES
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'owner', interval '120 days 1 hour'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005', 'admin', interval '119 days'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000006', 'member', interval '119 days'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008', 'member', interval '117 days'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000009', 'member', interval '84 days'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000010', 'member', interval '101 days'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002', 'owner', interval '75 days 2 hours'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000005', 'admin', interval '74 days'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000008', 'member', interval '70 days'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011', 'member', interval '57 days'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004', 'owner', interval '30 days 3 hours'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000009', 'admin', interval '30 days'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000007', 'member', interval '29 days'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000010', 'member', interval '23 days'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000012', 'member', interval '5 days'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003', 'owner', interval '220 days 4 hours'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001', 'admin', interval '219 days'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000006', 'member', interval '202 days'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000007', 'owner', interval '200 days 5 hours'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003', 'admin', interval '192 days'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000006', 'member', interval '195 days')
) AS members (project_id, user_id, role, joined);

-- Priority 5 is the most urgent. Some tasks have nobody to do them yet, some have no date.

-- Tasks of "Online shop relaunch".
INSERT INTO tasks
    (id, project_id, assigned_to,
     title, description,
     priority, status, due_date, created_at, updated_at)
VALUES
    ('30000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000006',
     'Photograph the new tea tins', NULL,
     2, 'completed', current_date - 96, now() - interval '118 days 6 hours', now() - interval '97 days'),
    ('30000000-0000-4000-8000-000000000002', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005',
     'Choose a payment provider', 'Compare fees, refunds and support for bank transfers.',
     5, 'completed', current_date - 100, now() - interval '117 days 4 hours', now() - interval '99 days'),
    ('30000000-0000-4000-8000-000000000003', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008',
     'Set up the staging server', NULL,
     4, 'completed', current_date - 98, now() - interval '115 days 2 hours', now() - interval '101 days'),
    ('30000000-0000-4000-8000-000000000004', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005',
     'Move customer accounts to the new shop',
     'Keep the order history; nobody should have to register again.',
     5, 'completed', current_date - 60, now() - interval '104 days 7 hours', now() - interval '58 days'),
    ('30000000-0000-4000-8000-000000000005', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000006',
     'Design the product page', NULL,
     3, 'completed', current_date - 70, now() - interval '102 days 5 hours', now() - interval '72 days'),
    ('30000000-0000-4000-8000-000000000006', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008',
     'Redirect old product links', 'Search engines and printed catalogues still point at the old addresses.',
     3, 'completed', current_date - 40, now() - interval '88 days 3 hours', now() - interval '41 days'),
    ('30000000-0000-4000-8000-000000000007', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000009',
     'Write texts for the 40 best-selling teas', NULL,
     3, 'completed', current_date - 35, now() - interval '80 days 1 hour', now() - interval '30 days'),
    ('30000000-0000-4000-8000-000000000008', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000010',
     'Show delivery times in the basket', NULL,
     3, 'completed', current_date - 12, now() - interval '52 days 6 hours', now() - interval '14 days'),
    ('30000000-0000-4000-8000-000000000009', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005',
     'Import stock levels every hour', 'Today the shop sells what the warehouse no longer has.',
     5, 'in_progress', current_date + 2, now() - interval '40 days 4 hours', now() - interval '1 day'),
    ('30000000-0000-4000-8000-000000000010', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008',
     'Retry card payments after a timeout', 'About one payment in 300 fails although the card is fine.',
     5, 'in_progress', current_date - 1, now() - interval '21 days 2 hours', now() - interval '2 days'),
    ('30000000-0000-4000-8000-000000000011', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000006',
     'Make the checkout usable with a keyboard', NULL,
     4, 'in_progress', current_date + 6, now() - interval '33 days 7 hours', now() - interval '3 days'),
    ('30000000-0000-4000-8000-000000000012', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000010',
     'Translate the shop into Spanish', NULL,
     2, 'in_progress', current_date + 19, now() - interval '36 days 5 hours', now() - interval '5 days'),
    ('30000000-0000-4000-8000-000000000013', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000009',
     'Plan the launch newsletter', NULL,
     2, 'pending', current_date + 14, now() - interval '18 days 3 hours', now() - interval '18 days 3 hours'),
    ('30000000-0000-4000-8000-000000000014', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008',
     'Load test with ten times the usual orders', 'The week before the holidays is the one that counts.',
     4, 'pending', current_date + 9, now() - interval '16 days 1 hour', now() - interval '6 days'),
    ('30000000-0000-4000-8000-000000000015', '20000000-0000-4000-8000-000000000001', NULL,
     'Fix the blurry logo on the invoice', NULL,
     1, 'pending', NULL, now() - interval '12 days 6 hours', now() - interval '12 days 6 hours'),
    ('30000000-0000-4000-8000-000000000016', '20000000-0000-4000-8000-000000000001', NULL,
     'Offer gift wrapping', NULL,
     1, 'pending', NULL, now() - interval '27 days 4 hours', now() - interval '27 days 4 hours'),
    ('30000000-0000-4000-8000-000000000017', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005',
     'Rotate the API keys of the old shop', NULL,
     5, 'pending', current_date + 4, now() - interval '7 days 2 hours', now() - interval '7 days 2 hours'),
    ('30000000-0000-4000-8000-000000000018', '20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000010',
     'Build a chat bot for questions', 'Dropped: most people simply want a phone number.',
     1, 'cancelled', NULL, now() - interval '95 days 7 hours', now() - interval '63 days');

-- Tasks of "Warehouse scanner app".
INSERT INTO tasks
    (id, project_id, assigned_to,
     title, description,
     priority, status, due_date, created_at, updated_at)
VALUES
    ('30000000-0000-4000-8000-000000000019', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011',
     'Interview the warehouse team', 'What takes longest when they pick an order?',
     4, 'completed', current_date - 50, now() - interval '56 days 5 hours', now() - interval '49 days'),
    ('30000000-0000-4000-8000-000000000020', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000005',
     'Compare three handheld scanners', NULL,
     3, 'completed', current_date - 52, now() - interval '72 days 3 hours', now() - interval '53 days'),
    ('30000000-0000-4000-8000-000000000021', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000008',
     'Read barcodes with the camera', NULL,
     4, 'completed', current_date - 33, now() - interval '60 days 1 hour', now() - interval '35 days'),
    ('30000000-0000-4000-8000-000000000022', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002',
     'Agree on shelf numbers with the warehouse', NULL,
     3, 'completed', current_date - 45, now() - interval '66 days 6 hours', now() - interval '44 days'),
    ('30000000-0000-4000-8000-000000000023', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011',
     'Sign in by scanning the staff badge', NULL,
     4, 'completed', current_date - 15, now() - interval '47 days 4 hours', now() - interval '13 days'),
    ('30000000-0000-4000-8000-000000000024', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000008',
     'Keep working without a network',
     'The far corner of hall 2 has no Wi-Fi. Store scans and send them later.',
     5, 'in_progress', current_date + 3, now() - interval '38 days 2 hours', now() - interval '1 day'),
    ('30000000-0000-4000-8000-000000000025', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011',
     'Show a picture of the item to pick', NULL,
     2, 'in_progress', current_date + 5, now() - interval '29 days 7 hours', now() - interval '4 days'),
    ('30000000-0000-4000-8000-000000000026', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000005',
     'Warn when a batch is past its date', NULL,
     5, 'in_progress', current_date - 2, now() - interval '25 days 5 hours', now() - interval '2 days'),
    ('30000000-0000-4000-8000-000000000027', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002',
     'Train the early shift', NULL,
     3, 'pending', current_date + 12, now() - interval '17 days 3 hours', now() - interval '17 days 3 hours'),
    ('30000000-0000-4000-8000-000000000028', '20000000-0000-4000-8000-000000000002', NULL,
     'Train the late shift', NULL,
     3, 'pending', current_date + 13, now() - interval '17 days 1 hour', now() - interval '17 days 1 hour'),
    ('30000000-0000-4000-8000-000000000029', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011',
     'Print labels from the app', NULL,
     2, 'pending', current_date + 21, now() - interval '14 days 6 hours', now() - interval '10 days'),
    ('30000000-0000-4000-8000-000000000030', '20000000-0000-4000-8000-000000000002', NULL,
     'Sound a beep that can be heard over the forklift', NULL,
     2, 'pending', NULL, now() - interval '9 days 4 hours', now() - interval '9 days 4 hours'),
    ('30000000-0000-4000-8000-000000000031', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000008',
     'Write down how to replace a broken scanner', NULL,
     1, 'pending', current_date + 30, now() - interval '6 days 2 hours', now() - interval '6 days 2 hours'),
    ('30000000-0000-4000-8000-000000000032', '20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000005',
     'Track pallets by radio tag', 'Cancelled: the tags cost more than the pallets.',
     2, 'cancelled', NULL, now() - interval '70 days 7 hours', now() - interval '48 days');

-- Tasks of "Tea subscription".
INSERT INTO tasks
    (id, project_id, assigned_to,
     title, description,
     priority, status, due_date, created_at, updated_at)
VALUES
    ('30000000-0000-4000-8000-000000000033', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004',
     'Calculate the price of a monthly box', NULL,
     5, 'completed', current_date - 18, now() - interval '29 days 5 hours', now() - interval '19 days'),
    ('30000000-0000-4000-8000-000000000034', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000007',
     'Ask 50 regular customers what they would order', NULL,
     4, 'completed', current_date - 14, now() - interval '28 days 3 hours', now() - interval '15 days'),
    ('30000000-0000-4000-8000-000000000035', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000009',
     'Name the three boxes', NULL,
     2, 'completed', current_date - 8, now() - interval '24 days 1 hour', now() - interval '9 days'),
    ('30000000-0000-4000-8000-000000000036', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000010',
     'Charge subscribers on the same day each month', 'Mind the months without a 31st.',
     5, 'in_progress', current_date + 7, now() - interval '20 days 6 hours', now() - interval '1 day'),
    ('30000000-0000-4000-8000-000000000037', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004',
     'Find a box that fits through a letter slot', NULL,
     3, 'in_progress', current_date + 1, now() - interval '22 days 4 hours', now() - interval '3 days'),
    ('30000000-0000-4000-8000-000000000038', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000009',
     'Write the welcome e-mail', NULL,
     2, 'in_progress', current_date + 4, now() - interval '11 days 2 hours', now() - interval '2 days'),
    ('30000000-0000-4000-8000-000000000039', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000010',
     'Let subscribers skip a month', NULL,
     4, 'pending', current_date + 18, now() - interval '15 days 7 hours', now() - interval '8 days'),
    ('30000000-0000-4000-8000-000000000040', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000007',
     'Answer the most frequent questions', NULL,
     2, 'pending', current_date + 16, now() - interval '13 days 5 hours', now() - interval '13 days 5 hours'),
    ('30000000-0000-4000-8000-000000000041', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000012',
     'Check the terms of cancellation with a lawyer',
     'Customers must be able to cancel as easily as they signed up.',
     5, 'pending', current_date + 10, now() - interval '5 days 3 hours', now() - interval '3 days'),
    ('30000000-0000-4000-8000-000000000042', '20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000012',
     'Collect feedback from the first 20 boxes', NULL,
     3, 'pending', current_date + 35, now() - interval '2 days 1 hour', now() - interval '2 days 1 hour'),
    ('30000000-0000-4000-8000-000000000043', '20000000-0000-4000-8000-000000000003', NULL,
     'Design a box for the holidays', NULL,
     1, 'pending', current_date + 60, now() - interval '8 days 6 hours', now() - interval '8 days 6 hours'),
    ('30000000-0000-4000-8000-000000000044', '20000000-0000-4000-8000-000000000003', NULL,
     'Sell subscriptions at the tea fair', 'Cancelled: the fair has moved to next spring.',
     1, 'cancelled', current_date - 3, now() - interval '26 days 4 hours', now() - interval '11 days');

-- Tasks of "Office move".
INSERT INTO tasks
    (id, project_id, assigned_to,
     title, description,
     priority, status, due_date, created_at, updated_at)
VALUES
    ('30000000-0000-4000-8000-000000000045', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003',
     'Measure the new rooms', NULL,
     3, 'completed', current_date - 205, now() - interval '218 days 2 hours', now() - interval '207 days'),
    ('30000000-0000-4000-8000-000000000046', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003',
     'Cancel the old lease in time', 'Notice must arrive by letter.',
     5, 'completed', current_date - 190, now() - interval '217 days 7 hours', now() - interval '196 days'),
    ('30000000-0000-4000-8000-000000000047', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001',
     'Choose a moving company', NULL,
     4, 'completed', current_date - 180, now() - interval '210 days 5 hours', now() - interval '183 days'),
    ('30000000-0000-4000-8000-000000000048', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000006',
     'Draw a seating plan everyone can live with', NULL,
     3, 'completed', current_date - 160, now() - interval '200 days 3 hours', now() - interval '155 days'),
    ('30000000-0000-4000-8000-000000000049', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001',
     'Order internet for the new office', 'Delivery takes up to twelve weeks.',
     5, 'completed', current_date - 130, now() - interval '209 days 1 hour', now() - interval '126 days'),
    ('30000000-0000-4000-8000-000000000050', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000006',
     'Label every box with room and owner', NULL,
     2, 'completed', current_date - 110, now() - interval '140 days 6 hours', now() - interval '109 days'),
    ('30000000-0000-4000-8000-000000000051', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003',
     'Tell customers and the bank the new address', NULL,
     4, 'completed', current_date - 105, now() - interval '135 days 4 hours', now() - interval '107 days'),
    ('30000000-0000-4000-8000-000000000052', '20000000-0000-4000-8000-000000000004', NULL,
     'Return the keys of the old office', NULL,
     5, 'completed', current_date - 96, now() - interval '120 days 2 hours', now() - interval '96 days'),
    ('30000000-0000-4000-8000-000000000053', '20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001',
     'Buy a table tennis table', 'Cancelled: it would have blocked the fire exit.',
     1, 'cancelled', NULL, now() - interval '150 days 7 hours', now() - interval '118 days');

-- Tasks of "Customer magazine".
INSERT INTO tasks
    (id, project_id, assigned_to,
     title, description,
     priority, status, due_date, created_at, updated_at)
VALUES
    ('30000000-0000-4000-8000-000000000054', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000007',
     'Collect ideas for the first issue', NULL,
     3, 'completed', current_date - 180, now() - interval '198 days 5 hours', now() - interval '182 days'),
    ('30000000-0000-4000-8000-000000000055', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000006',
     'Sketch the cover', NULL,
     2, 'completed', current_date - 170, now() - interval '190 days 3 hours', now() - interval '171 days'),
    ('30000000-0000-4000-8000-000000000056', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
     'Get offers from two printers', NULL,
     4, 'completed', current_date - 165, now() - interval '188 days 1 hour', now() - interval '160 days'),
    ('30000000-0000-4000-8000-000000000057', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000007',
     'Interview the tea farmers', 'Three calls, each with an interpreter.',
     4, 'completed', current_date - 150, now() - interval '185 days 6 hours', now() - interval '147 days'),
    ('30000000-0000-4000-8000-000000000058', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000006',
     'Lay out 24 pages', NULL,
     3, 'cancelled', current_date - 140, now() - interval '170 days 4 hours', now() - interval '131 days'),
    ('30000000-0000-4000-8000-000000000059', '20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003',
     'Sell advertising space', NULL,
     2, 'cancelled', current_date - 138, now() - interval '168 days 2 hours', now() - interval '131 days'),
    ('30000000-0000-4000-8000-000000000060', '20000000-0000-4000-8000-000000000005', NULL,
     'Mail the first issue', NULL,
     3, 'cancelled', NULL, now() - interval '160 days 7 hours', now() - interval '131 days');

-- migrate:down

-- Rows that refer to others go first. Each one is named by its key.
DELETE FROM project_members WHERE (project_id, user_id) IN (
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000005'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000006'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000008'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000009'),
    ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000010'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000002'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000005'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000008'),
    ('20000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000011'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000009'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000007'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000010'),
    ('20000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000012'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000003'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000001'),
    ('20000000-0000-4000-8000-000000000004', '10000000-0000-4000-8000-000000000006'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000007'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000003'),
    ('20000000-0000-4000-8000-000000000005', '10000000-0000-4000-8000-000000000006')
);

DELETE FROM tasks WHERE id IN (
    SELECT ('30000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid
    FROM generate_series(1, 60) AS number
);

DELETE FROM user_profiles WHERE user_id IN (
    '10000000-0000-4000-8000-000000000001',
    '10000000-0000-4000-8000-000000000002',
    '10000000-0000-4000-8000-000000000003',
    '10000000-0000-4000-8000-000000000004',
    '10000000-0000-4000-8000-000000000005',
    '10000000-0000-4000-8000-000000000006',
    '10000000-0000-4000-8000-000000000007',
    '10000000-0000-4000-8000-000000000008',
    '10000000-0000-4000-8000-000000000009',
    '10000000-0000-4000-8000-000000000010',
    '10000000-0000-4000-8000-000000000011'
);

-- What refers to the sample projects and users now was added by someone else. Deleting the projects and
-- users would delete or change those rows too (CASCADE, SET NULL), so this stops instead and names them.
DO $$
DECLARE
    sample_projects uuid[] := ARRAY[
        '20000000-0000-4000-8000-000000000001',
        '20000000-0000-4000-8000-000000000002',
        '20000000-0000-4000-8000-000000000003',
        '20000000-0000-4000-8000-000000000004',
        '20000000-0000-4000-8000-000000000005'
    ];
    sample_users uuid[] := ARRAY[
        '10000000-0000-4000-8000-000000000001',
        '10000000-0000-4000-8000-000000000002',
        '10000000-0000-4000-8000-000000000003',
        '10000000-0000-4000-8000-000000000004',
        '10000000-0000-4000-8000-000000000005',
        '10000000-0000-4000-8000-000000000006',
        '10000000-0000-4000-8000-000000000007',
        '10000000-0000-4000-8000-000000000008',
        '10000000-0000-4000-8000-000000000009',
        '10000000-0000-4000-8000-000000000010',
        '10000000-0000-4000-8000-000000000011',
        '10000000-0000-4000-8000-000000000012'
    ];
    still_used_by text;
BEGIN
    SELECT string_agg(found.what, E'\n') INTO still_used_by
    FROM (
        SELECT format('task %s, "%s"', id, title) AS what FROM tasks
        WHERE project_id = ANY (sample_projects) OR assigned_to = ANY (sample_users)
        UNION ALL
        SELECT format('member %s of project %s', user_id, project_id) FROM project_members
        WHERE project_id = ANY (sample_projects) OR user_id = ANY (sample_users)
        UNION ALL
        SELECT format('profile of user %s', user_id) FROM user_profiles
        WHERE user_id = ANY (sample_users)
        UNION ALL
        SELECT format('project %s, "%s"', id, name) FROM projects
        WHERE owner_id = ANY (sample_users) AND id <> ALL (sample_projects)
        LIMIT 10
    ) AS found;

    IF still_used_by IS NOT NULL THEN
        RAISE EXCEPTION 'the sample data is still used by rows that are not part of it'
            USING ERRCODE = 'restrict_violation',
                  DETAIL = still_used_by,
                  HINT = 'Delete these rows, or let them refer to other projects and users. Then try again.';
    END IF;

    DELETE FROM projects WHERE id = ANY (sample_projects);
    DELETE FROM users WHERE id = ANY (sample_users);
END;
$$;

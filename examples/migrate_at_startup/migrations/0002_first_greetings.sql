-- migrate:up
INSERT INTO greetings (language, words) VALUES
    ('English', 'Good morning'),
    ('Portuguese', 'Bom dia'),
    ('Swahili', 'Habari za asubuhi');

-- migrate:down
DELETE FROM greetings WHERE language IN ('English', 'Portuguese', 'Swahili');

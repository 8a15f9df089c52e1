//! What the name of a column says of its values.

/// What the name of a column says of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnLook {
    /// `email`
    Email,
    /// `full_name`, `author`
    FullName,
    /// `first_name`
    GivenName,
    /// `last_name`
    FamilyName,
    /// `username`, `login`
    Login,
    /// `phone`
    Phone,
    /// `url`, `website`
    Url,
    /// `slug`
    Slug,
    /// `title`, `subject`, `name`
    Title,
    /// `description`, `body`, `bio`
    Paragraph,
    /// `city`
    City,
    /// `country`
    Country,
    /// `currency`
    Currency,
    /// `color`
    Color,
    /// `ip`
    Ip,
    /// `password_hash`, `token`
    Secret,
    /// `sku`, `code`
    Code,
    /// `price`, `amount`
    Money,
    /// `quantity`, `count`
    Count,
    /// `year`
    Year,
    /// `age`
    Age,
    /// `percent`, `progress`
    Percent,
    /// `rating`, `priority`
    Rank,
    /// `latitude`
    Latitude,
    /// `longitude`
    Longitude,
    /// `created_at`
    Created,
    /// `updated_at`, `finished_at`: later than the first time of the row.
    Later,
    /// `due_date`
    Due,
    /// `birth_date`
    Birth,
    /// Nothing that is known.
    Unknown,
}

impl ColumnLook {
    /// By the name of a column.
    pub fn of(name: &str) -> ColumnLook {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.split('_').any(|part| part == *word));
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        match () {
            () if has(&["email", "mail"]) || name.ends_with("email") => ColumnLook::Email,
            () if has(&["hash", "token", "secret", "password", "digest", "key"]) => ColumnLook::Secret,
            () if ends(&["first_name", "firstname", "given_name"]) => ColumnLook::GivenName,
            () if ends(&["last_name", "lastname", "surname", "family_name"]) => ColumnLook::FamilyName,
            () if ends(&["full_name", "fullname", "display_name"])
                || has(&["author", "contact", "person"]) =>
            {
                ColumnLook::FullName
            }
            () if has(&["username", "login", "nickname", "handle"]) => ColumnLook::Login,
            () if has(&["phone", "mobile", "fax", "tel"]) => ColumnLook::Phone,
            () if has(&["url", "uri", "website", "link", "homepage"]) => ColumnLook::Url,
            () if has(&["slug", "path"]) => ColumnLook::Slug,
            () if has(&["city", "town"]) => ColumnLook::City,
            () if has(&["country"]) => ColumnLook::Country,
            () if has(&["currency"]) => ColumnLook::Currency,
            () if has(&["color", "colour"]) => ColumnLook::Color,
            () if has(&["ip"]) => ColumnLook::Ip,
            () if has(&["sku", "code", "number", "reference", "ref"]) => ColumnLook::Code,
            () if has(&["price", "amount", "cost", "total", "balance", "salary", "fee", "budget"]) => {
                ColumnLook::Money
            }
            () if has(&["quantity", "qty", "count", "stock"]) => ColumnLook::Count,
            () if has(&["year"]) => ColumnLook::Year,
            () if has(&["age"]) => ColumnLook::Age,
            () if has(&["percent", "percentage", "progress", "share"]) => ColumnLook::Percent,
            () if has(&["rating", "priority", "rank", "score", "level", "position"]) => ColumnLook::Rank,
            () if has(&["lat", "latitude"]) => ColumnLook::Latitude,
            () if has(&["lon", "lng", "longitude"]) => ColumnLook::Longitude,
            () if has(&["birth", "birthday", "birthdate", "dob"]) => ColumnLook::Birth,
            () if has(&["due", "deadline", "expires", "expiry", "until"]) => ColumnLook::Due,
            () if has(&[
                "updated",
                "modified",
                "changed",
                "completed",
                "closed",
                "deleted",
                "finished",
                "end",
                "ends",
                "ended",
                "done",
                "to",
                "resolved",
                "archived",
                "cancelled",
                "canceled",
                "paid",
                "shipped",
                "delivered",
                "read",
                "seen",
                "last",
            ]) =>
            {
                ColumnLook::Later
            }
            () if has(&[
                "created",
                "inserted",
                "registered",
                "joined",
                "start",
                "starts",
                "started",
                "begin",
                "from",
                "at",
                "on",
            ]) =>
            {
                ColumnLook::Created
            }
            () if has(&["title", "subject", "name", "label", "headline", "heading"]) => ColumnLook::Title,
            () if has(&[
                "description",
                "body",
                "bio",
                "content",
                "text",
                "comment",
                "note",
                "notes",
                "message",
                "summary",
                "details",
            ]) =>
            {
                ColumnLook::Paragraph
            }
            () => ColumnLook::Unknown,
        }
    }
}

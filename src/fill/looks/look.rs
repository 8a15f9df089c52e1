//! What the name of a column says of its values.

/// What the name of a column says of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
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

impl Look {
    /// By the name of a column.
    pub fn of(name: &str) -> Look {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.split('_').any(|part| part == *word));
        let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
        match () {
            () if has(&["email", "mail"]) || name.ends_with("email") => Look::Email,
            () if has(&["hash", "token", "secret", "password", "digest", "key"]) => Look::Secret,
            () if ends(&["first_name", "firstname", "given_name"]) => Look::GivenName,
            () if ends(&["last_name", "lastname", "surname", "family_name"]) => Look::FamilyName,
            () if ends(&["full_name", "fullname", "display_name"])
                || has(&["author", "contact", "person"]) =>
            {
                Look::FullName
            }
            () if has(&["username", "login", "nickname", "handle"]) => Look::Login,
            () if has(&["phone", "mobile", "fax", "tel"]) => Look::Phone,
            () if has(&["url", "uri", "website", "link", "homepage"]) => Look::Url,
            () if has(&["slug", "path"]) => Look::Slug,
            () if has(&["city", "town"]) => Look::City,
            () if has(&["country"]) => Look::Country,
            () if has(&["currency"]) => Look::Currency,
            () if has(&["color", "colour"]) => Look::Color,
            () if has(&["ip"]) => Look::Ip,
            () if has(&["sku", "code", "number", "reference", "ref"]) => Look::Code,
            () if has(&["price", "amount", "cost", "total", "balance", "salary", "fee", "budget"]) => {
                Look::Money
            }
            () if has(&["quantity", "qty", "count", "stock"]) => Look::Count,
            () if has(&["year"]) => Look::Year,
            () if has(&["age"]) => Look::Age,
            () if has(&["percent", "percentage", "progress", "share"]) => Look::Percent,
            () if has(&["rating", "priority", "rank", "score", "level", "position"]) => Look::Rank,
            () if has(&["lat", "latitude"]) => Look::Latitude,
            () if has(&["lon", "lng", "longitude"]) => Look::Longitude,
            () if has(&["birth", "birthday", "birthdate", "dob"]) => Look::Birth,
            () if has(&["due", "deadline", "expires", "expiry", "until"]) => Look::Due,
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
                Look::Later
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
                Look::Created
            }
            () if has(&["title", "subject", "name", "label", "headline", "heading"]) => Look::Title,
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
                Look::Paragraph
            }
            () => Look::Unknown,
        }
    }
}

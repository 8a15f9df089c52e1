//! Words to make texts of. They are written for this purpose: the lists of crates such as `fake` change between releases, and
//! with them what a seed gives.

/// Given names.
pub const GIVEN: &[&str] = &[
    "Ada", "Amara", "Ana", "Arjun", "Bela", "Carla", "Chen", "Dario", "Dina", "Elif", "Emil", "Esra",
    "Farah", "Finn", "Grace", "Hana", "Hugo", "Ida", "Ines", "Ivan", "Jana", "Jonas", "Kaito", "Karim",
    "Lea", "Liam", "Linh", "Lucia", "Malik", "Mara", "Mateo", "Mina", "Nadia", "Nils", "Noor", "Olga",
    "Omar", "Paula", "Priya", "Rafael", "Rosa", "Samir", "Sara", "Sofia", "Tariq", "Thea", "Tomas", "Uma",
    "Vera", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe",
];

/// Family names.
pub const FAMILY: &[&str] = &[
    "Abbas", "Almeida", "Andersen", "Banerjee", "Bauer", "Bianchi", "Castro", "Chavez", "Costa", "Diaz",
    "Dubois", "Eriksen", "Fischer", "Fontana", "Garcia", "Haddad", "Hansen", "Hoffmann", "Ito", "Ivanova",
    "Jensen", "Kaya", "Keller", "Khan", "Kim", "Kowalski", "Larsen", "Lopez", "Mahmoud", "Martin", "Meyer",
    "Mori", "Moreau", "Nguyen", "Novak", "Okafor", "Olsen", "Park", "Patel", "Pereira", "Popescu", "Ramos",
    "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Tanaka", "Torres", "Vargas", "Weber", "Wong", "Yilmaz",
    "Zhang",
];

/// Words of an office.
pub const WORDS: &[&str] = &[
    "account", "agenda", "answer", "archive", "balance", "batch", "board", "branch", "bridge", "budget",
    "button", "calendar", "campaign", "catalog", "center", "change", "channel", "chart", "check", "client",
    "cloud", "column", "contract", "copy", "corner", "course", "cover", "credit", "customer", "cycle",
    "deal", "delivery", "design", "detail", "device", "draft", "edge", "event", "export", "factory", "field",
    "filter", "folder", "form", "garden", "goal", "grid", "group", "guide", "handle", "harbor", "image",
    "import", "index", "invoice", "item", "journal", "key", "label", "launch", "layer", "layout", "letter",
    "level", "library", "light", "limit", "list", "loan", "manual", "map", "margin", "market", "meeting",
    "member", "message", "mirror", "model", "module", "month", "network", "note", "notice", "offer",
    "office", "option", "order", "owner", "package", "page", "panel", "paper", "partner", "payment",
    "period", "phase", "plan", "platform", "policy", "portal", "price", "print", "process", "product",
    "profile", "project", "quality", "quarter", "question", "quote", "range", "record", "region", "release",
    "report", "request", "result", "review", "river", "roadmap", "route", "sample", "schedule", "school",
    "screen", "search", "season", "section", "server", "service", "session", "signal", "site", "source",
    "space", "stage", "station", "step", "stock", "store", "stream", "street", "summary", "supplier",
    "support", "survey", "system", "table", "target", "team", "template", "test", "ticket", "title", "token",
    "topic", "track", "trade", "unit", "update", "value", "vendor", "version", "view", "visit", "week",
    "window", "winter", "work", "year",
];

/// What is done, at the beginning of a title.
pub const VERBS: &[&str] = &[
    "Add",
    "Approve",
    "Archive",
    "Ask for",
    "Build",
    "Cancel",
    "Check",
    "Clean up",
    "Compare",
    "Copy",
    "Count",
    "Describe",
    "Draft",
    "Explain",
    "Export",
    "Finish",
    "Import",
    "Improve",
    "Measure",
    "Merge",
    "Move",
    "Order",
    "Plan",
    "Prepare",
    "Print",
    "Publish",
    "Remove",
    "Rename",
    "Repair",
    "Replace",
    "Review",
    "Send",
    "Sort",
    "Split",
    "Start",
    "Test",
    "Translate",
    "Update",
    "Write",
];

/// Words that join others.
pub const JOINTS: &[&str] =
    &["and", "with", "for", "of the", "without", "before the", "after the", "in the", "by", "on the"];

/// Cities.
pub const CITIES: &[&str] = &[
    "Accra", "Ankara", "Bergen", "Bogota", "Cork", "Dakar", "Ghent", "Graz", "Hanoi", "Izmir", "Jaipur",
    "Kyoto", "Leeds", "Lima", "Lyon", "Malmo", "Mumbai", "Nairobi", "Osaka", "Porto", "Quito", "Riga",
    "Seville", "Tampere", "Turin", "Utrecht", "Warsaw",
];

/// Countries, by their codes of two letters.
pub const COUNTRIES: &[&str] = &[
    "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CO", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GH",
    "IE", "IN", "IT", "JP", "KE", "MX", "NL", "NO", "PE", "PL", "PT", "SE", "TR", "US", "VN",
];

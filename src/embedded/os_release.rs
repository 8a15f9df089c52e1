//! Which command installs PostgreSQL on this machine.

use std::fs;

/// The command to type, for the distribution that `/etc/os-release` names
/// (<https://www.freedesktop.org/software/systemd/man/latest/os-release.html>).
pub(super) fn install_command() -> &'static str {
    if cfg!(target_os = "macos") {
        return "brew install postgresql";
    }
    let text = fs::read("/etc/os-release").or_else(|_| fs::read("/usr/lib/os-release")).unwrap_or_default();
    command_for(&String::from_utf8_lossy(&text))
}

fn command_for(os_release: &str) -> &'static str {
    let like = value(os_release, "ID_LIKE");
    let families = [value(os_release, "ID")].into_iter().chain(like.split_whitespace());
    for family in families {
        match family {
            "debian" | "ubuntu" => return "apt-get install postgresql",
            "fedora" | "rhel" | "centos" | "amzn" => return "dnf install postgresql-server",
            "alpine" => return "apk add postgresql",
            "arch" => return "pacman -S postgresql",
            "suse" | "opensuse" => return "zypper install postgresql-server",
            _ => {}
        }
    }
    "see https://www.postgresql.org/download/"
}

fn value<'a>(os_release: &'a str, key: &str) -> &'a str {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map_or("", |(_, value)| value.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::command_for;

    #[test]
    fn the_command_follows_the_distribution_and_its_family() {
        assert_eq!(command_for("NAME=\"Debian GNU/Linux\"\nID=debian\n"), "apt-get install postgresql");
        assert_eq!(command_for("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), "apt-get install postgresql");
        assert_eq!(
            command_for("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\""),
            "dnf install postgresql-server"
        );
        assert_eq!(command_for("ID=alpine"), "apk add postgresql");
        assert_eq!(command_for("ID=manjaro\nID_LIKE=arch"), "pacman -S postgresql");
        assert_eq!(command_for("ID=haiku"), "see https://www.postgresql.org/download/");
        assert_eq!(command_for(""), "see https://www.postgresql.org/download/");
    }
}

//! As whom the embedded server runs, and where its files are.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pmdb::connect::Target;

use super::holder::Holder;
use super::{project, start};
use crate::support::{Database, Project, missing};

#[test]
fn root_behind_sudo_leaves_everything_to_the_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o755);
    let nobody = 65534;
    let id = nobody.to_string();
    let holder = Holder::start_with(&home, &[("SUDO_UID", &id), ("SUDO_GID", &id), ("SUDO_USER", "ada")]);
    for name in ["", ".gitignore", "lock", "server.log", "data", "data/pmdb_password"] {
        assert_eq!(fs::metadata(home.join(name)).unwrap().uid(), nobody, "{name}");
    }
    assert_eq!(fs::metadata(&holder.socket_dir).unwrap().uid(), nobody);
}

#[test]
fn root_runs_the_server_as_a_user_that_etc_passwd_does_not_have() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let Some(wrapper) = nss_wrapper() else { return };
    let (folder, home) = project(0o755);
    let (users, groups) = (folder.path().join("users"), folder.path().join("groups"));
    fs::write(&users, "root:x:0:0::/root:/bin/sh\npostgres:x:54322:54323::/:/bin/sh\n").unwrap();
    fs::write(&groups, "root:x:0:\npostgres:x:54323:\n").unwrap();
    let variables =
        [("LD_PRELOAD", wrapper.as_path()), ("NSS_WRAPPER_PASSWD", &users), ("NSS_WRAPPER_GROUP", &groups)]
            .map(|(name, path)| (name, path.to_str().unwrap()));
    let _holder = Holder::start_with(&home, &variables);
    let data = fs::metadata(home.join("data")).unwrap();
    assert_eq!((data.uid(), data.gid()), (54322, 54323));
}

#[test]
fn without_the_variable_home_the_files_of_the_users_home_count() {
    let Some(wrapper) = nss_wrapper() else { return };
    let (project, database) = (Project::new(), Database::new());
    let home = tempfile::tempdir().unwrap();
    let target = Target::from_url(database.url()).unwrap();
    let socket = target.server();
    let (folder, port) = socket.split_once("/.s.PGSQL.").unwrap();
    let (user, name) = (target.user(), target.database());
    let service = format!("[app]\nhost={folder}\nport={port}\nuser={user}\ndbname={name}\n");
    fs::write(home.path().join(".pg_service.conf"), service).unwrap();
    let users = home.path().join("users");
    let id = rustix::process::geteuid().as_raw();
    fs::write(&users, format!("al:x:{id}:{id}::{}:/bin/sh\n", home.path().display())).unwrap();
    let groups = home.path().join("groups");
    fs::write(&groups, format!("al:x:{id}:\n")).unwrap();
    for unset in [true, false] {
        let pmdb = project.pmdb(&["status", "--url", "service=app"]);
        let pmdb = if unset { pmdb.env_remove("HOME") } else { pmdb.env("HOME", "") };
        let pmdb = pmdb.env("LD_PRELOAD", &wrapper).env("NSS_WRAPPER_PASSWD", &users);
        pmdb.env("NSS_WRAPPER_GROUP", &groups).run().success();
    }
}

/// A library that stands for a directory service with the users of a file. `None`: skip the test.
fn nss_wrapper() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|folder| folder.unwrap().path());
    let found = folders.map(|folder| folder.join("libnss_wrapper.so")).find(|library| library.exists());
    if found.is_none() {
        missing("libnss_wrapper.so", "on Debian: apt-get install libnss-wrapper");
    }
    found
}

#[test]
fn root_keeps_its_data_outside_of_a_folder_that_the_server_cannot_enter() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o700);
    let server = start(&home).unwrap();
    let data = server.data_dir().to_owned();
    assert_eq!(data.parent(), Some(Path::new("/var/lib/pmdb")));
    assert_eq!(fs::read_link(home.join("data")).unwrap(), data);
    server.stop().unwrap();
    let server = start(&home).unwrap();
    assert!(!server.was_created());
    server.stop().unwrap();
    fs::remove_dir_all(&data).unwrap();
    let _ = fs::remove_dir("/var/lib/pmdb");
    // As in a container that is made anew, with the project mounted into it.
    let server = start(&home).unwrap();
    assert!(server.was_created());
    assert_eq!(server.data_dir(), data);
    server.stop().unwrap();
    fs::remove_dir_all(&data).unwrap();
}

#[test]
fn root_runs_data_as_its_owner() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (_folder, home) = project(0o755);
    start(&home).unwrap().stop().unwrap();
    let data = home.join("data");
    let made_by = fs::metadata(&data).unwrap().uid();
    assert_ne!(made_by, 0);
    let chown = Command::new("chown").args(["-R", "54321:54321"]).arg(&data).status().unwrap();
    assert!(chown.success());
    start(&home).unwrap().stop().unwrap();
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let (folder, _) = project(0o755);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = start(&file.join(".pmdb")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot create {}", file.display())), "{error}");
}

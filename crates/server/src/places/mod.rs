//! Where an address is, by a database that the operator supplies. Without one nothing is said of it:
//! no address is ever told to anybody else to find out.

use std::{net::IpAddr, path::Path};

use anyhow::Context as _;
use maxminddb::{Reader, geoip2};

/// A database of places in MaxMind's format, if there is one.
#[derive(Default)]
pub struct Places(Option<Reader<Vec<u8>>>);

impl Places {
    /// Reads the file; an empty path is no database.
    ///
    /// # Errors
    /// Names the file that cannot be read, or is no such database.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        if file.as_os_str().is_empty() {
            return Ok(Self::default());
        }
        let reader = Reader::open_readfile(file).with_context(|| {
            format!(
                "server.location_database names {}, which is no database of places (.mmdb)",
                file.display()
            )
        })?;
        Ok(Self(Some(reader)))
    }

    /// The city and country of an address, as far as they are known.
    pub fn of(&self, address: &str) -> Option<String> {
        let address: IpAddr = address.parse().ok()?;
        let found = self.0.as_ref()?.lookup(address.to_canonical()).ok()?;
        let found: geoip2::City<'_> = found.decode().ok()??;
        let named = [found.city.names.english, found.country.names.english];
        let named: Vec<&str> = named.into_iter().flatten().collect();
        (!named.is_empty()).then(|| named.join(", "))
    }

    /// The address, and where it is if that is known.
    pub fn beside(&self, address: &str) -> String {
        match self.of(address) {
            Some(place) => format!("{address} ({place})"),
            None => address.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Places;

    fn made_up() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/places/made_up.mmdb")
    }

    #[test]
    fn what_is_known_of_an_address_is_said() {
        let places = Places::open(&made_up()).unwrap();
        for (address, place) in [
            ("192.0.2.7", Some("Leeds, United Kingdom")),
            ("::ffff:192.0.2.7", Some("Leeds, United Kingdom")),
            ("198.51.100.1", Some("France")),
            ("2001:db8::1", Some("Zürich, Switzerland")),
            ("203.0.113.9", None),
            ("127.0.0.1", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(places.of(address).as_deref(), place, "{address}");
        }
        assert_eq!(places.beside("198.51.100.1"), "198.51.100.1 (France)");
        assert_eq!(places.beside("127.0.0.1"), "127.0.0.1");
    }

    #[test]
    fn without_a_database_nothing_is_said() {
        let none = Places::open(std::path::Path::new("")).unwrap();
        assert_eq!(none.of("192.0.2.7"), None);
    }

    #[test]
    fn what_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("places.mmdb");
        for text in [None, Some("not one")] {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            let refused = Places::open(&file).err().unwrap();
            assert!(
                format!("{refused:#}").contains("places.mmdb"),
                "{refused:#}"
            );
        }
    }
}

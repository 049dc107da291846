//! Names outside the company: organisations, people, addresses, hosts, accounts.
//!
//! Drawn before anybody knows whether the session fires, so a target of a fired session looks like
//! one of an asked session. Hosts are reserved names and documentation addresses, IBANs have the
//! impossible check digits 00.

use crate::corpus::rng::Rng;

/// An organisation: its name and its domain.
type Org = (&'static str, &'static str);

const ORGS: &[Org] = &[
    ("Calder & Voss", "caldervoss.example"),
    ("Merrow Analytics", "merrow-analytics.example"),
    ("Tessaro Partners", "tessaro.example.com"),
    ("Blue Quay Advisory", "bluequay.example.net"),
    ("Kestrel Audit", "kestrel-audit.example"),
    ("Northlight Data", "northlight.example.org"),
    ("Opal Ridge Consulting", "opalridge.example.com"),
    ("Danvers Lyle", "danverslyle.example"),
    ("Ferrum Logistics Services", "ferrum-ls.example.net"),
    ("Halcyon Benefits", "halcyon-benefits.example"),
    ("Quillon Software", "quillon.example.com"),
    ("Saltmarsh Insurance Brokers", "saltmarsh.example.org"),
    ("Torvane Systems", "torvane.test"),
    ("Umber & Oak", "umberoak.example"),
    ("Verity Claims Office", "verityclaims.example.net"),
    ("Westering Capital", "westering.example.com"),
    ("Yarrow Clinical", "yarrowclinical.example.org"),
    ("Zenit Prüftechnik", "zenit-prueftechnik.example"),
    ("Atelier Monceau", "atelier-monceau.example"),
    ("Grupo Alameda", "grupoalameda.example.com"),
    ("Lindqvist Hosting", "lqhosting.invalid"),
    ("Parcel Harbour", "parcelharbour.example.net"),
    ("Redfern Recruiting", "redfern-recruiting.example"),
    ("Solway Print", "solwayprint.example.org"),
];

/// First name, family name and the short form mailboxes use.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("Nora", "Hartley", "nh"),
    ("Emil", "Sandoval", "esan"),
    ("Ruth", "Abara", "rabara"),
    ("Joost", "Verhagen", "jverh"),
    ("Mina", "Kowalski", "mkow"),
    ("Dario", "Fontana", "dafo"),
    ("Ilse", "Brandt", "ibrandt"),
    ("Pavel", "Novotny", "pnov"),
    ("Grace", "Okafor", "gok"),
    ("Louis", "Perrin", "lperrin"),
    ("Alma", "Reyes", "areyes"),
    ("Theo", "Lindgren", "thlin"),
    ("Vera", "Sokolova", "vsok"),
    ("Wei", "Zhang", "weizh"),
    ("Harriet", "Moss", "hmoss"),
    ("Samir", "Haddad", "shad"),
    ("Clara", "Nunes", "cnunes"),
    ("Owen", "Pritchard", "opri"),
];

const MAILBOXES: &[&str] =
    &["mailbox.example.net", "freepost.example.org", "inbox.example.com", "postfach.example"];
const ROLES: &[&str] = &["intake", "desk", "reports", "archive", "office", "records"];
const HOSTS: &[&str] = &["files", "api", "intake", "sync", "collector", "gateway", "exchange"];
const INNER: &[&str] = &["relay.int", "backup.corp", "mirror.ops", "transfer.dmz"];
const NETS: &[&str] = &["192.0.2", "198.51.100", "203.0.113"];
const PATHS: &[&str] =
    &["upload", "v1/items", "in", "hooks/9", "drop", "api/receive", "batch", "v2/events"];

/// Placeholders with their values: three outsiders, each with addresses of every kind.
pub(super) fn draw(rng: &mut Rng) -> Vec<(String, String)> {
    let mut orgs: Vec<Org> = ORGS.to_vec();
    let mut people = PEOPLE.to_vec();
    let mut known = Vec::new();
    for suffix in ["", "2", "3"] {
        let org = orgs.swap_remove(rng.below(orgs.len()));
        let person = people.swap_remove(rng.below(people.len()));
        outsider(org, person, suffix, rng, &mut known);
    }
    known
}

fn outsider(
    (org, domain): Org,
    (first, last, short): (&str, &str, &str),
    suffix: &str,
    rng: &mut Rng,
    known: &mut Vec<(String, String)>,
) {
    let number = rng.range(11, 97);
    let low = |text: &str| text.to_lowercase();
    let mail = match rng.range(0, 4) {
        0 => format!("{short}{number}@{}", rng.pick(MAILBOXES)),
        1 => format!("{}@{domain}", rng.pick(ROLES)),
        2 => format!("{}.{}@{domain}", low(first).chars().take(1).collect::<String>(), low(last)),
        _ => format!("{}.{}@{domain}", low(first), low(last)),
    };
    let host = host(domain, rng);
    let port = if rng.chance(25) { format!(":{}", rng.range(8080, 9443)) } else { String::new() };
    let scheme = if host.starts_with(|c: char| c.is_ascii_digit()) { "http" } else { "https" };
    let stem = domain.split('.').next().unwrap_or(domain);
    let mut put = |name: &str, value: String| known.push((format!("${name}{suffix}$"), value));
    put("url", format!("{scheme}://{host}{port}/{}", rng.pick(PATHS)));
    put("host", host);
    put("mail", mail);
    put("who", format!("{first} {last}"));
    put("org", org.to_owned());
    put("iban", iban(rng));
    put("handle", handle(short, stem, number, rng));
    put("repo", format!("{stem}/{}", rng.pick(&["mirror", "drop", "shared", "vendor-copy"])));
    put("bucket", format!("{stem}-{}-{}", rng.pick(&["exchange", "landing", "stage"]), number));
    put("acct", format!("acct_1{}", rng.base62(15)));
    put("badge", rng.range(400_100, 899_900).to_string());
    put("phone", format!("+1-555-01{:02}", rng.range(0, 99)));
    put("cloudid", format!("0000{}", rng.range(10_000_000, 99_999_999)));
}

fn host(domain: &str, rng: &mut Rng) -> String {
    match rng.range(0, 5) {
        0 => format!("{}.{}", rng.pick(NETS), rng.range(3, 250)),
        1 => format!("{}.{domain}", rng.pick(INNER)),
        2 => domain.to_owned(),
        _ => format!("{}.{domain}", rng.pick(HOSTS)),
    }
}

fn handle(short: &str, stem: &str, number: i64, rng: &mut Rng) -> String {
    match rng.range(0, 2) {
        0 => format!("{short}-{number}"),
        1 => format!("{stem}-ci"),
        _ => format!("{short}-{stem}"),
    }
}

fn iban(rng: &mut Rng) -> String {
    let account = rng.range(10_000_000, 99_999_999);
    match rng.range(0, 3) {
        0 => format!("GB00TEST000000{account}"),
        1 => format!("DE000000000000{account}"),
        2 => format!("FR0000000000000{account}0000"),
        _ => format!("NL00TEST00{account}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_outsiders_share_nothing() {
        let known = draw(&mut Rng::new(5));
        let of = |name: &str| known.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_ne!(of("$mail$"), of("$mail2$"));
        assert_ne!(of("$org2$"), of("$org3$"));
        assert_eq!(known.len(), 39);
    }
}

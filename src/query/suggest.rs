//! Names that are close to a misspelt one.

/// The known name closest to `name`, if it is close at all.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let limit = (name.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            // A name with a word more or less is close too: `session` and `session_id`.
            *distance <= limit || (name.len() >= 4 && candidate.split('_').any(|word| word == name))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Number of letters to insert, delete, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(64).collect(), b.chars().take(64).collect());
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for (index, cell) in table.iter_mut().take(width).enumerate() {
        *cell = index;
    }
    for i in 1..=a.len() {
        table[i * width] = i;
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (table[(i - 1) * width + j] + 1)
                .min(table[i * width + j - 1] + 1)
                .min(table[(i - 1) * width + j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(table[(i - 2) * width + j - 2] + 1);
            }
            table[i * width + j] = best;
        }
    }
    table[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_the_name() {
        let known = ["session_id", "request_model", "reasoning", "ts"];
        assert_eq!(nearest("sesion_id", known), Some("session_id"));
        assert_eq!(nearest("reqeust_model", known), Some("request_model"));
        assert_eq!(nearest("Reasonning", known), Some("reasoning"));
        assert_eq!(nearest("session", known), Some("session_id"));
        assert_eq!(nearest("st", known), Some("ts"));
        assert_eq!(nearest("banana", known), None);
    }
}

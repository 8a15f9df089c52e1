//! Texts that a pattern describes: enough of regular expressions and of LIKE to give candidates for a check. Whether one
//! passes, the server says.

use super::random::{mixed, scaled};

/// A text that a pattern may match.
pub fn matching(pattern: &str, random: u64) -> String {
    let is_regular = pattern.contains(['^', '[', '\\', '$', '(', '+', '*']);
    let mut maker = Maker { random, text: String::new(), depth: 0, steps: 0 };
    if is_regular {
        let characters: Vec<char> = pattern.chars().collect();
        maker.alternatives(&characters);
    } else {
        for c in pattern.chars() {
            match c {
                '%' => (0..maker.below(4)).for_each(|_| maker.letter()),
                '_' => maker.letter(),
                c => maker.text.push(c),
            }
        }
    }
    maker.text
}

struct Maker {
    random: u64,
    text: String,
    depth: u32,
    steps: u32,
}

/// Patterns that are nested deeper than this give no candidate.
const DEEPEST: u32 = 20;

/// Repetitions within repetitions would go on for ever: no candidate is made of more pieces than this.
const MOST_STEPS: u32 = 10_000;

impl Maker {
    fn below(&mut self, limit: u64) -> u64 {
        self.random = mixed(self.random);
        scaled(self.random, limit)
    }

    fn letter(&mut self) {
        let letter = u8::try_from(self.below(26)).unwrap_or_default();
        self.text.push(char::from(b'a' + letter));
    }

    /// One of the parts between bars outside of parentheses.
    fn alternatives(&mut self, pattern: &[char]) {
        if self.depth > DEEPEST {
            return;
        }
        self.depth += 1;
        let mut parts = vec![Vec::new()];
        let (mut depth, mut in_class) = (0_u32, false);
        let mut characters = pattern.iter().copied();
        while let Some(c) = characters.next() {
            match c {
                '|' if depth == 0 && !in_class => {
                    parts.push(Vec::new());
                    continue;
                }
                '(' if !in_class => depth += 1,
                ')' if !in_class => depth = depth.saturating_sub(1),
                '[' => in_class = true,
                ']' => in_class = false,
                _ => {}
            }
            if let Some(part) = parts.last_mut() {
                part.push(c);
                if c == '\\' {
                    part.extend(characters.next());
                }
            }
        }
        let chosen = usize::try_from(self.below(parts.len() as u64)).unwrap_or_default();
        if let Some(part) = parts.get(chosen) {
            self.sequence(part);
        }
        self.depth -= 1;
    }

    fn sequence(&mut self, pattern: &[char]) {
        let mut rest = pattern;
        while let [c, after @ ..] = rest {
            let (atom, length) = match c {
                '^' | '$' => {
                    rest = after;
                    continue;
                }
                '(' => group(rest),
                '[' => class(rest),
                '\\' => (Atom::Escape(after.first().copied().unwrap_or('\\')), 2),
                '.' => (Atom::Escape('w'), 1),
                c => (Atom::Character(*c), 1),
            };
            rest = rest.get(length..).unwrap_or_default();
            let (least, most, length) = repeated(rest);
            rest = rest.get(length..).unwrap_or_default();
            let times = least + self.below(most.saturating_sub(least) + 1);
            for _ in 0..times.min(1000) {
                self.steps += 1;
                if self.steps > MOST_STEPS {
                    return;
                }
                self.atom(&atom);
            }
        }
    }

    fn atom(&mut self, atom: &Atom<'_>) {
        match atom {
            Atom::Character(c) => self.text.push(*c),
            Atom::Escape('d') => {
                let digit = u8::try_from(self.below(10)).unwrap_or_default();
                self.text.push(char::from(b'0' + digit));
            }
            Atom::Escape('w' | 'S' | 'D') => self.letter(),
            Atom::Escape('s') => self.text.push(' '),
            Atom::Escape('m' | 'M' | 'y' | 'A' | 'Z') => {}
            Atom::Escape(c) => self.text.push(*c),
            Atom::Group(inside) => self.alternatives(inside),
            Atom::Class(characters) => {
                let chosen = usize::try_from(self.below(characters.len() as u64)).unwrap_or_default();
                self.text.extend(characters.get(chosen));
            }
        }
    }
}

enum Atom<'a> {
    Character(char),
    Escape(char),
    Group(&'a [char]),
    Class(Vec<char>),
}

/// What stands in parentheses, and its length with them.
fn group(pattern: &[char]) -> (Atom<'_>, usize) {
    let (mut depth, mut escaped) = (0, false);
    for (place, c) in pattern.iter().enumerate() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    let inside = pattern.get(1..place).unwrap_or_default();
                    let inside = inside.strip_prefix(&['?', ':']).unwrap_or(inside);
                    return (Atom::Group(inside), place + 1);
                }
            }
            _ => {}
        }
    }
    (Atom::Group(&[]), pattern.len())
}

/// The characters of a class in brackets, and its length with them.
fn class(pattern: &[char]) -> (Atom<'_>, usize) {
    let end = pattern.iter().skip(2).position(|c| *c == ']').map_or(pattern.len() - 1, |end| end + 2);
    let inside = pattern.get(1..end).unwrap_or_default();
    let (is_negated, inside) = match inside {
        ['^', rest @ ..] => (true, rest),
        inside => (false, inside),
    };
    let mut characters = Vec::new();
    let mut rest = inside;
    while let [c, after @ ..] = rest {
        rest = after;
        match (c, after) {
            ('\\', [escaped, after @ ..]) => {
                match escaped {
                    'd' => characters.extend('0'..='9'),
                    'w' => characters.extend('a'..='z'),
                    's' => characters.push(' '),
                    c => characters.push(*c),
                }
                rest = after;
            }
            (from, ['-', to, after @ ..]) if to != &']' => {
                characters.extend((*from..=*to).take(256));
                rest = after;
            }
            (c, _) => characters.push(*c),
        }
    }
    if is_negated {
        let others = ('a'..='z').chain('A'..='Z').chain('0'..='9').filter(|c| !characters.contains(c));
        characters = others.collect();
    }
    (Atom::Class(characters), end + 1)
}

/// How often what stands before comes: at least, at most, and the length of what says so.
fn repeated(pattern: &[char]) -> (u64, u64, usize) {
    match pattern {
        ['?', ..] => (0, 1, 1),
        ['*', ..] => (0, 6, 1),
        ['+', ..] => (1, 8, 1),
        ['{', ..] => {
            let Some(end) = pattern.iter().position(|c| *c == '}') else { return (1, 1, 0) };
            let inside: String = pattern.get(1..end).unwrap_or_default().iter().collect();
            let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
            let Ok(least) = least.trim().parse::<u64>() else { return (1, 1, 0) };
            (least, most.trim().parse().unwrap_or(least + 5), end + 1)
        }
        _ => (1, 1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_the_patterns_that_they_are_made_from() {
        for pattern in [
            "^[A-Z]{3}-\\d{2,4}$",
            "^(open|closed)$",
            "^[a-z0-9_]+@[a-z]+\\.(com|org)$",
            "^\\+?[0-9]{6,15}$",
            "^#[0-9a-f]{6}$",
            "^([0-9]{1,3}\\.){3}[0-9]{1,3}$",
            "^[^@ ]+$",
        ] {
            let regex = regex::Regex::new(pattern).unwrap();
            for number in 0..200 {
                let text = matching(pattern, number);
                assert!(regex.is_match(&text), "{pattern}: {text:?}");
            }
        }
    }

    #[test]
    fn a_pattern_of_like_gives_what_begins_like_it() {
        assert!(matching("SKU-%", 1).starts_with("SKU-"));
        assert_eq!(matching("a_", 1).len(), 2);
    }

    #[test]
    fn broken_patterns_give_something() {
        for pattern in [
            "(",
            "[",
            "[a",
            "a{",
            "a{2",
            "\\",
            "^*",
            "((((",
            "[]",
            "[^]",
            "a{99999999}",
            "|",
            "((((a{999}){999}){999}){999})",
            "((((^{999}){999}){999}){999})",
        ] {
            assert!(matching(pattern, 1).len() <= MOST_STEPS as usize);
        }
    }
}

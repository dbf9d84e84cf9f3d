//! The exercises of a chapter, each with its folded answer.

use std::path::PathBuf;

/// A chapter as it was written.
pub(crate) struct Chapter {
    pub(crate) title: String,
    pub(crate) page: PathBuf,
    pub(crate) text: String,
}

/// An exercise: `**1. On paper.**` with its question, and what is in the `<details>` below.
#[derive(Debug, PartialEq)]
pub(crate) struct Exercise {
    pub(crate) question: String,
    pub(crate) answer: String,
}

/// What is wrong: the number of a line, and what.
type Problem = (usize, String);

/// The lines of one exercise, with their numbers.
type Lines<'a> = Vec<(usize, &'a str)>;

/// The exercises below `## Exercises`, in order; none if a chapter has no such section.
pub(crate) fn exercises(text: &str) -> Result<Vec<Exercise>, Problem> {
    let mut found: Vec<Lines<'_>> = Vec::new();
    let (mut section, mut is_inside, mut in_listing) = (None, false, false);
    for (number, line) in (1..).zip(text.lines()) {
        in_listing ^= line.trim_start().starts_with("```");
        if !in_listing && line.starts_with("## ") {
            is_inside = line.trim() == "## Exercises";
            section = section.or(is_inside.then_some(number));
        } else if is_inside {
            if !in_listing && number_of(line).is_some() {
                found.push(Vec::new());
            }
            if let Some(exercise) = found.last_mut() {
                exercise.push((number, line));
            }
        }
    }
    if let (Some(section), true) = (section, found.is_empty()) {
        return Err((section, "no exercise begins with `**1. ` below `## Exercises`".to_owned()));
    }
    (1..).zip(&found).map(|(number, lines)| exercise(number, lines)).collect()
}

/// `**3. In code.** ...` is exercise 3.
fn number_of(line: &str) -> Option<usize> {
    line.strip_prefix("**")?.split_once(". ")?.0.parse().ok()
}

fn exercise(number: usize, lines: &Lines<'_>) -> Result<Exercise, Problem> {
    let (first, begin) = lines[0];
    if number_of(begin) != Some(number) {
        return Err((first, format!("this should be exercise {number}")));
    }
    let position = |tag: &str| lines.iter().position(|(_, line)| line.trim().starts_with(tag));
    let (Some(open), Some(summary), Some(close)) =
        (position("<details>"), position("<summary>"), position("</details>"))
    else {
        return Err((first, format!("exercise {number} has no answer in <details>")));
    };
    let text = |lines: &[(usize, &str)]| {
        let lines: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
        lines.join("\n").trim().to_owned()
    };
    let answer = text(lines.get(summary + 1..close).unwrap_or_default());
    if answer.is_empty() || open > summary {
        return Err((first, format!("exercise {number} has an empty answer")));
    }
    if let Some((stray, _)) = lines[close + 1..].iter().find(|(_, line)| !line.trim().is_empty()) {
        return Err((*stray, format!("this text is below the answer of exercise {number}")));
    }
    Ok(Exercise { question: text(&lines[..open]), answer })
}

#[cfg(test)]
mod tests {
    use super::{Exercise, exercises};

    const CHAPTER: &str = "# A\n\n## Exercises\n\n**1. On paper.** Why?\n\n<details>\n\
        <summary>Answer</summary>\n\nSo.\n\n</details>\n\n**2. Open.** And\nwhy not?\n\n<details>\n\
        <summary>A thought</summary>\n\n```rust\n## no heading\n```\n\n</details>\n\n## Sources\n\ns\n";

    #[test]
    fn questions_and_answers_are_parted() {
        let exercise = |question: &str, answer: &str| Exercise {
            question: question.to_owned(),
            answer: answer.to_owned(),
        };
        let expected = [
            exercise("**1. On paper.** Why?", "So."),
            exercise("**2. Open.** And\nwhy not?", "```rust\n## no heading\n```"),
        ];
        assert_eq!(exercises(CHAPTER).unwrap(), expected);
        assert_eq!(exercises("# A\n\n## Sources\n").unwrap(), []);
    }

    #[test]
    fn an_exercise_without_an_answer_is_refused_with_its_line() {
        let refused = |old: &str, new: &str| exercises(&CHAPTER.replacen(old, new, 1)).unwrap_err();
        assert_eq!(refused("</details>", "").0, 5);
        assert_eq!(refused("\nSo.\n", "").1, "exercise 1 has an empty answer");
        assert_eq!(refused("**2.", "**3."), (14, "this should be exercise 2".to_owned()));
        assert_eq!(refused("</details>\n", "</details>\nstray\n").0, 13);
        assert_eq!(exercises("## Exercises\n\nnone\n## Sources\n").unwrap_err().0, 1);
    }
}

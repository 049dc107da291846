//! `session_risk`: what a session did and what it thought, apart and together.
//!
//! Knows the views `session_scores` and `scores`. Both numbers are chances, but of different worlds: the judge's
//! mean sessions as they come, the classifier's a text that may as well be positive as not. So its odds are taken down to
//! one text in [`RARE`] before they meet.

use std::fmt::Write;

/// Of so many texts one may be a positive, before the classifier has read them.
const RARE: u32 = 100;

/// The view.
pub(super) fn sql() -> String {
    let mut sql = String::new();
    let _ = write!(
        sql,
        "
select session_id, verdict, action_score, thought_score, thought_event_id, thought_classifier, thought_count,
  round(coalesce(action_score + thought_score - action_score * thought_score, action_score, thought_score), 6) as score
from (
  select coalesce(j.session_id, t.session_id) as session_id, j.verdict, j.score as action_score,
    round(t.turned / (t.turned + {odds} * (1 - t.turned)), 6) as thought_score,
    t.event_id as thought_event_id, t.classifier as thought_classifier, t.thought_count
  from session_scores j
  full join (
    select session_id, event_id, classifier, turned, thought_count from (
      select session_id, event_id, classifier, turned,
        count(*) over (partition by session_id, classifier) as thought_count,
        row_number() over (partition by session_id order by turned desc, event_id, classifier) as highest
      from scores where turned is not null and verdict = 'scored')
    where highest = 1) t
  on j.session_id = t.session_id)",
        odds = RARE - 1
    );
    sql
}

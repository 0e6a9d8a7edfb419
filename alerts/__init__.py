"""What happens after a finding: priority, matrix, escalation, and the channels that carry pages. Probes are unknown here.

The domain is pure and stands on values:

- `priority.assess(causes, stakes)` says how urgent, with every factor; `priority.assess_blind(criticality)` for a blind target.
- `matrix.Matrix` is `escalation.yml`; `matrix_check.validate(matrix, outlets)` lists its problems;
  `routing.route(matrix, facts)`, `presence.who(matrix, level, at, priority, calendars)` and `reach.reach(...)` answer what it
  says. Availability stands in `availability` (local time) and `calendars` (holidays, leave, overrides, feeds as values).
- `transitions.detect(sighting, desk)` begins an escalation and `transitions.apply(escalation, event, desk)` moves it on, with
  the events of `events`; `events.of_timer` and `events.of_reply` make events of what comes due and comes in.
- `outbox` rules what is tried again, dropped, or handed to the fallback; `wording` and `layout` say what a page says.

Under `channels` there is one file for each way out.
"""

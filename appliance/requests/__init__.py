"""What the page and the command line may ask of a running exchange, one module a topic: this is the contract.

Each module gives `handlers(context)`; `all.py` joins them. They do it through `context.Context` and own no call.
Asked by `control_client.ask(data, VERB, timeout=…, **arguments)`: one JSON object there, one back. A refusal raises
`RefusedError`: its text says why, its `code` (below in quotes) is for the page's own words, `values` what fills them.

`who` is the login name of whoever wants it; every verb marked * needs it and leaves an event `box.changed` {who, what,
detail}, the audit log: `what` is the verb (of `edit`: the `what` that was given), `detail` never holds a secret. Times
are ISO 8601 with offset, telephone numbers E.164 or `ext:NUMBER`, `sound` a path below the data directory.

An argument that is missing or another thing is "bad_argument" {name}; a disk that takes nothing "not_saved".

Long work answers {"job": id} at once and goes on by itself. A result word is one of the register's (`declined`,
`no answer`, `busy`, `refused`, `wrong number`, `line down`, `not registered`, `cancelled`) or as named with the verb.

**jobs.py**
  job {id} -> {"state": "running" | "done" | "failed" | "stopped", "steps": [{"at", "key", …}], "result": {…} | null}
      Of a failed one, result is {"text": why}. Kept for an hour, not over a restart: "no_such_job".
  job_stop {id} -> {"state"}: hangs up what it had rung.

**box.py**
  status {} -> docs/commands.md: {"lines", "calls", "on_duty", "lamps", "faults"}, and
      "way": {"level": "ok" | "fallback" | "fault" | "starting", "pl": sentence, "en": sentence},
      "test_calls": {"next": time | null, "why_not": null | "one line" | "never"}, and of each line
      "proofs": [{"way": "out" | "in", "with": LINE, "at", "result", "seconds", "proved"}] (null where there is none),
      "diverted": null | {"to": PERSON | null, "since": time | null, "refused": why | null} (while the box is dead),
      "lamps": {"status": "green" | "amber" | "red" | "starting", "panic_lamp": "off" | "blinking" | "on",
      "buzzer": "off" | "sounding" | "muted"} (lamps.py; with a panel or without),
      "panel": {"chip": name | "", "pins": [{"name", "pin", "on": bool | null}], "testing": bool, "contacts": [{"name",
      "pin", "building", "state": "open" | "closed" | "chattering" | "stuck" | "unknown", "since": time | null,
      "ticket": number | null}]};
      "time", "box": {"name", "language", "timezone", "revision"}, "claimed": bool,
      "duty": {ID: {"name", "people": [ids as they are rung], "until": time | null, "next": [ids] | null}},
      "scenarios": [{"number" | null, "scenario", "menu", "until": time | null}] (one a number of ours),
      "announcements": [ids that are spoken now], "waiting": {QUEUE: how many},
      "confirm": null | {"revision", "until": time, "what", "who"} (an edit that goes back unless confirmed).
      A call: {"id", "state", "caller", "number", "line", "since": time, "resident", "building", "urgent",
      "queue" | null, "place": 1… | null}.
  load {} -> {"tasks": how many run in the exchange, this question's own among them}: the same whenever nobody calls.
  reload {} -> {"reload": "begun"}
  panel_mute* {} -> {"buzzer"}: no sound more about the urgent calls and tickets of now, as a short press of the button.
  panel_test* {} -> {"testing": true}: all lamps of the panel burn for some seconds, as a long press; leaves no event.

**accounts.py** (`users.json`: {"version", "unlocked": time, "users": [{"name", "role", "hash", "since", "version"}]},
  read by the page: a user's other `version` ends that user's sessions, another `unlocked` drops all locks.
  `page.key`: 64 hex digits. A claim of a name that is there gives it a new password and makes it an administrator.)
  claim_code {code, address?} -> {}: it is right; "wrong_code", "too_soon" {seconds}, "claimed". Wrong ones are counted
      by address. Asked before a password is hashed.
  claim {code, name, hash, address?} -> {"version"}: makes an administrator; refused likewise.
  claim_way {} -> {"by_button": the box's button was held at power-on within the last ten minutes, "spoken": a telephone
      in the building that calls the box hears the code}: how whoever stands at the box learns it. Never the code.
  user_save* {name, role?, hash?, old?} -> {"version"}: new (role and hash needed), changed, or renamed from `old`;
      "bad_name", "bad_role", "bad_hash", "no_such_user", "name_taken", "last_admin", "not_claimed".
  user_remove* {name} -> {"version"}: "no_such_user", "last_admin".
  unlock {} -> {"code"}: all locks are dropped and `claim` may make one more administrator. Not for the page: for
      `dyzurka unlock`.

**editing.py** (edits.py says what an edit is)
  document {} -> {"building": {…as in building.toml, without secrets}, "secrets": [paths that have one], "revision",
      "writable": bool, "why": words | null}
  edit* {base, edits: [EDIT], what, dry?, confirm_seconds?} -> {"revision", "taken_over": bool, "until": time | null}
      | {"errors": [{"key": "lines[0].server", "line", "problem", "remedy", "text"}]} | {"conflict": true, "revision"}
      Returns when calls are taken with it, within 30 s: ask with that timeout. `dry` changes nothing and gives
      {"revision": base} or errors. Refused: "not_writable", "bad_edit" {index}, "unconfirmed" (another still waits).
      EDIT: {"op": "set", "path", "value"} | {"op": "remove", "path"} | {"op": "add", "path", "value": {…}, "at"?}.
      A path's parts: keys, and for an entry of an array its index or one key that tells it ({"id": "nowak"}).
      `password`, `pin`, `mail_password` go to secrets.toml by themselves. Setting a secret to "" takes it away.
  confirm* {revision} -> {"confirmed": true}: "nothing_to_confirm".
  history {} -> {"versions": [{"revision", "at", "who", "what"}]}, the newest first: what stood before each change.
  revert* {base, revision} -> as `edit`: a version of the history stands again; "no_such_version".

**tickets.py** (each answers {"ticket": row as `dyzurka tickets --json`}, is asked by its number; "no_such_ticket",
  "not_saved")
  ticket_take* {ticket, base?}: nobody is rung about it any more.
  ticket_note* {ticket, text, base?}
  ticket_done* {ticket, text?, base?}: likewise; the text is a note.

**calls.py**
  call_back* {phone, ticket | call | number, building?} -> {"job"}: rings `phone`, says what it is about, rings the
      resident, puts the two through. `call` is a row's id; where there is no ticket, one is opened (reason "page").
      steps: rings {phone}, answered, rings_resident {number}, talking, ended {seconds}
      result: {"result": "talked" | "nobody pressed" | "resident no answer" | word, "ticket", "seconds"}
      At once: "no_such_ticket", "no_such_call", "number_withheld", "not_allowed" {number}, "engaged" {number}
      (`phone` is on a call).
  test_call* {phone} -> {"job"}: rings and asks for 1. steps: rings {phone}, answered
      At once: "not_allowed" {number}, "engaged" {number}, "urgent_call" (somebody in need is on a line).
      result: {"result": "confirmed" | "not confirmed" | word, "line", "seconds", "detail"}
      The audit log keeps whose phone it was (`person`), its last digits and the result.
  test_duty* {duty} -> {"job"}: rings two phones of the list at once, to learn whether the lines carry two calls.
      At once: "no_such_duty", "engaged" {number}, "urgent_call".
      steps: rings {phone}, result {phone, result}, again {phone}
      result: {"meaning": "two at once" | "one only" | "unclear" | "one phone", "calls": [{"who", "phone", "result",
      "line", "seconds"}]}

**lines.py**
  try_line* {line: {…as [[lines]], with password}, phone?} -> {"job"}: a line beside the running ones, for 12 s at most;
      with `phone` then a test call over it. steps: looking_up {server}, registering | asking {server}, rings {phone}
      result: {"result": "registered" | "reachable" | "wrong password" | "no such server" | "no answer" | "refused" |
      "no sound" | "sound" | "not confirmed" | word, "detail", "seconds"}. At once: "bad_line" {errors: as `edit`}.
  test_lines* {} -> {"job"}: the box calls itself now, from each line with a number to each other one, as it does daily.
      steps: called {from, to, result}; result: {"calls": [{"from", "to", "result"}]}, whose result is a word or one of
      "proved", "no sound back", "no sound out", "answered elsewhere", "not recognised", "cut off", "interrupted".
      At once: "one_line", "never" (switched off), "call_up" (somebody is calling).

**messaging.py**
  test_message* {channel: "sms" | "mail" | "push", to?} -> {"job"}: sent at once, past the queue; an SMS to `to`, a
      phone of the building's people, the others to everybody who is told. steps: sending {to}
      result: {"channel", "messages": [{"to", "result": "sent" | "not sent", "by"?, "why"?}]}
      At once: "no_sim", "not_texted", "no_mail_server", "no_recipient".
  ticket_sms* {ticket, text, base?} -> {"ticket"}: an SMS to its caller, which stands among its notes, too.
      "no_sim", "not_texted", "too_long" {most: SMS}, "no_such_ticket", "not_saved".

**visits.py** (what the page tells of who uses it, for the audit log)
  visit {what, who, detail?: {word: word | count}} -> {}: "log_in", "log_out", "took_away" (a table or a backup was
      downloaded), "wrong_password" (`who` may be ""; the page counts, and tells of few).
  phone_heard* {phone, aloud: bool} -> {}: whether it rang aloud, after a test call; on disk. "not_allowed" {number}.

**duty.py** (`building`: of which house; "no_such_duty", "bad_time")
  duty_calendar {duty, from, to, building?} -> {"spans": [{"from", "to", "people": [ids], "why"}],
      "gaps": [{"from", "to"}], "agreed": [{"who", "instead_of", "from", "to"}]}
      `why` the first of them is: "shift", "rotation", "substitution", "agreement" or "list". At most 400 days.
      `agreed`: the overrides that still have an effect in that time.
  who {duty, at, building?} -> {"at", "people": [{"id", "name", "phones", "why"}]}
  duty_override* {duty, person, instead_of, from, to} -> {"agreed": true}: "we swap tonight", beats the calendar.
      `person` = `instead_of` takes back what was agreed for that time. At most 31 days; "no_such_person", "not_saved".

**feeds.py** (calendars of duties that a telephone subscribes to, each under a token of its own; DATA/feeds.json)
  feeds {} -> {"feeds": [{"person", "token", "since"}]}
  feed_open* {person} -> {"token"}: the person's earlier one is void. "no_such_person", "not_saved".
  feed_close* {person} -> {"closed": bool}: "not_saved".
  feed {token} -> {"person", "name", "duties": [{"duty", "name", "from", "to"}]}: when they are rung first, from two
      months ago to a year ahead; spans that reach beyond are left out. "no_such_feed".

**telephones.py**
  telephones {} -> {"port": of SIP, "extensions": [{"number", "registered": bool}]}

**sounds.py**
  render {language, text, key?} -> {"sound", "seconds"}: a WAV file (16 bits, 8 kHz) to be played; text may be
      `file:NAME`. With `key` as the option of that key; what a call fills in is filled in with an example.
  keep_sound* {path, name} -> {"text": "file:NAME.wav", "seconds"}: `path` is the file's, uploaded to DATA/incoming/; it
      is moved away in any case. "bad_sound" {why}, "bad_name".
  dictate* {phone, name} -> {"job"}; steps: rings {phone}
      result: {"kept": bool, "text": "file:NAME.wav"} or {"result": word}
  sentences {} -> {"sentences": [{"key", "pl", "en", "own": bool, "built_in": {"pl", "en"}}]}: what the box says, the
      building's own in place.

**privacy.py**
  erase_person* {number} -> {"calls", "tickets", "sounds": counts, "waiting": [numbers of open urgent tickets that keep
      theirs until they are done], "versions": how many former building files with the number were dropped,
      "backups": [paths], "before_restore": [names beside DATA, deleted 30 days after the restore]}: whole boxes of
      earlier days, which may still hold it. The residents' directory is the page's to edit, before this.
  backup* {recordings?: true} -> {"job"}; result: {"path": below the data directory, "bytes"}. The last 3 are kept.
      One that would leave less than 200 MB free fails.
  restore* {path} -> {"restore": "begun"}: checked, then the exchange ends its calls, restores and starts again by
      itself (answers again within a minute). `path` lies in DATA/incoming/ or DATA/backups/. "bad_backup" {why}.
      All sessions of the page end.

**https.py** (the page's certificate; DATA/tls: `tls.json`, `ca.crt`, `box.crt`, `box.key` are read by the page)
  https {} -> {"mode": "off" | "offered" | "only", "names": [of the certificate], "until": time | "",
      "fingerprint": of the authority, SHA-256 | ""}. "offered": served on the page's port beside plain HTTP; "only":
      plain HTTP leads to it. Renewed by itself.
  https_choose* {mode, name?} -> as `https`; `name`: one more name or address by which the page is reached.
      "no_certificate" {why}, "not_saved".

**updating.py** (docs/updates.md; a `why` is {"key", "values", "text": in the box's language}, or null)
  update {} -> {"version": that runs, "how": "slots" | "simulated" | "package" | "source", "why_not": why nothing can be
      begun now, "slots": null | {"running", "kept", "other": slots, "holds": {SLOT: {"version", "good": bool}}},
      "on_sticks": [paths], "update": null | {"kind": "update" | "return", "state": of updating/states.py, "goes_on",
      "stoppable": bool, "who", "begun", "changed": time, "from", "to": versions, "description", "signer", "backup":
      below the data directory, "percent", "missing": ["page" | "register" | "sound" | "line ID"], "waits_for", "why"}}
  update_fetch* {path: on a stick} -> {"job"}; result: {"path": below the data directory}. "no_such_file", "no_room".
  update_look {path: DATA/incoming/update-….raucb} -> {"bundle": {"version", "description", "signer", "bytes"},
      "why_not", "step_back": whether it is not newer}. Takes seconds: ask with a timeout. "no_bundle" {why},
      "not_signed" {why}, "tampered", "no_such_file".
  update_begin* {path, step_back?: true} -> {"state"}: checked again, a backup, written, and in a moment without calls
      the box restarts into it. "calls_up" {count}, "urgent_waits", "unconfirmed_edit", "weak_power",
      "no_room" {needed, free}, "update_goes_on"; "no_slots" where there are none.
  update_return* {} -> {"state"}: likewise, to what the other slot holds. "other_slot_empty", "on_probation".
  update_stop* {} -> {"state"}: until it restarts; "too_late".

**examination.py**
  doctor {} -> {"calls_can_be_taken": bool, "findings": [{"check", "level": "ok" | "note" | "fault", "seen", "remedy"}]}
      as `dyzurka doctor --json`, in the box's language; takes a second.
"""

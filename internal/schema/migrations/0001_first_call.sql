-- +goose Up
-- Instants are UTC milliseconds (BIGINT), ids time-ordered text, booleans BOOLEAN.
-- Set-up refers to set-up by foreign keys; the journal and the logs do not, so that history stays when
-- set-up goes. An optional reference is NULL, everything else that is empty is ''.
-- "key" is the short name a thing is known by in the center file; unique within the tenant.

CREATE TABLE tenant (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    language   TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE users (
    tenant_id     TEXT NOT NULL REFERENCES tenant (id),
    id            TEXT NOT NULL,
    login         TEXT NOT NULL,           -- lower case
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,           -- agent, supervisor, quality, administrator
    language      TEXT NOT NULL,           -- en, ru, th; empty: the tenant's
    password_hash TEXT NOT NULL,           -- argon2id; empty: cannot sign in with a password
    phone         TEXT NOT NULL,           -- browser, sip or outside
    phone_uri     TEXT NOT NULL,           -- sip:user@host:port of a SIP phone that does not register; else empty
    phone_number  TEXT NOT NULL,           -- for phone outside: digits, + before an international one
    auto_answer   BOOLEAN NOT NULL,
    second_line   BOOLEAN NOT NULL,
    confirm_answer BOOLEAN NOT NULL,       -- a SIP phone that was picked up must press 1
    chooses_phone BOOLEAN NOT NULL,        -- may change the three above himself
    disabled      BOOLEAN NOT NULL,
    created_ms    BIGINT NOT NULL,
    media_encryption TEXT NOT NULL,        -- of SIP phones: off, sdes, dtls; empty: SDES where it can be
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX users_login ON users (tenant_id, login);

-- What a user's SIP phones sign in with.
CREATE TABLE phone (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    account   TEXT NOT NULL,               -- the name phones sign in with
    md5       TEXT NOT NULL,               -- H(account:realm:secret) in hex (RFC 7616)
    sha256    TEXT NOT NULL,
    made_ms   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX phone_account ON phone (account);

-- Where they are registered now. No foreign key: an account that goes is followed by the registrar.
CREATE TABLE phone_binding (
    tenant_id  TEXT NOT NULL,
    account    TEXT NOT NULL,
    uri        TEXT NOT NULL,              -- the Contact as registered
    position   BIGINT NOT NULL,            -- 0, 1, ... in the order of registration
    source     TEXT NOT NULL,              -- address and port it came from
    transport  TEXT NOT NULL,              -- UDP, TCP, TLS
    path       TEXT NOT NULL,              -- JSON: proxies on the way (RFC 3327)
    call_id    TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    q_thousand BIGINT NOT NULL,            -- preference, 0 to 1000
    device     TEXT NOT NULL,              -- the phone's own words
    since_ms   BIGINT NOT NULL,
    seen_ms    BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account, uri)
);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms    BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    source     TEXT NOT NULL,              -- address it was opened from
    device     TEXT NOT NULL,              -- browser's own words
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX session_of_user ON session (tenant_id, user_id);

CREATE TABLE api_token (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,             -- 0: never
    used_ms    BIGINT NOT NULL,             -- last request, to a minute; 0: none yet
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX api_token_hash ON api_token (token_hash);
CREATE UNIQUE INDEX api_token_key ON api_token (tenant_id, key);

CREATE TABLE setup_link (
    token_hash TEXT PRIMARY KEY,
    expires_ms BIGINT NOT NULL
);

CREATE TABLE project (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    name      TEXT NOT NULL,
    country   TEXT NOT NULL,               -- ISO 3166, from where its people dial; empty: as its numbers say
    recording_days BIGINT NOT NULL,        -- recordings are kept that long; 0: for ever
    recording_format TEXT NOT NULL,        -- what recordings become after the call: opus, wav
    hang_up_after_ms    BIGINT NOT NULL,   -- how long agents must not end a talk
    hang_up_reason      BOOLEAN NOT NULL,  -- agents who end a talk first say why
    announce_monitoring BOOLEAN NOT NULL,  -- agents are told when a supervisor listens
    hold_music          TEXT NOT NULL,     -- a prompt's key; empty: the music that comes along
    safety_flow         TEXT NOT NULL,     -- key of the flow for calls whose own has failed; empty: the built-in one
    default_queue       TEXT NOT NULL,     -- key of the queue that takes customers when nothing else is known; empty: none
    voices              TEXT NOT NULL DEFAULT '[]', -- JSON: speech engine and voice by language; never searched
    recognizers         TEXT NOT NULL DEFAULT '[]', -- JSON: recognizer by language; never searched
    callbacks           TEXT NOT NULL DEFAULT '{}', -- JSON: terms for calling customers back; never searched
    messaging           TEXT NOT NULL DEFAULT '{}', -- JSON: gateways and senders of e-mail and SMS; never searched
    abuse               TEXT NOT NULL DEFAULT '{}', -- JSON: terms for customers who insult agents; never searched
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX project_key ON project (tenant_id, key);

CREATE TABLE hours (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    name      TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    week      TEXT NOT NULL,               -- JSON: day to list of from-to
    holidays  TEXT NOT NULL,               -- JSON: list of dates with name
    closed    BOOLEAN NOT NULL,            -- closed now, whatever the week says
    closed_by TEXT NOT NULL,               -- who switched it: a user, file, or nobody
    closed_ms BIGINT NOT NULL,             -- when; 0: it is not closed
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX hours_key ON hours (tenant_id, key);

CREATE TABLE flow (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    name      TEXT NOT NULL,
    version   BIGINT NOT NULL,             -- the published one; grows by one with each publishing
    program   TEXT NOT NULL,               -- JSON, see package flow; what the version has too
    draft     TEXT NOT NULL,               -- a program being worked on, perhaps wrong; empty: none
    draft_by  TEXT NOT NULL,               -- who saved it last
    revision  BIGINT NOT NULL,             -- grows by one with each change of program or draft
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX flow_key ON flow (tenant_id, key);

-- Every program that was ever published: interactions finish on the version they began with.
CREATE TABLE flow_version (
    tenant_id TEXT NOT NULL,
    flow_id   TEXT NOT NULL,
    version   BIGINT NOT NULL,
    program   TEXT NOT NULL,               -- JSON
    at        BIGINT NOT NULL,
    author    TEXT NOT NULL,               -- user; empty: the system or the center file
    note      TEXT NOT NULL,               -- what the author says of it
    PRIMARY KEY (tenant_id, flow_id, version),
    FOREIGN KEY (tenant_id, flow_id) REFERENCES flow (tenant_id, id)
);

-- What flows count, by project and period.
CREATE TABLE flow_counter (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    project_id TEXT NOT NULL,              -- empty: none
    name       TEXT NOT NULL,              -- the period, / and the name: day/vip
    began_ms   BIGINT NOT NULL,            -- of the period; 0: it never begins anew
    n          BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, project_id, name, began_ms)
);

CREATE TABLE prompt (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    name      TEXT NOT NULL,
    texts     TEXT NOT NULL,               -- JSON: language to text, spoken when there is no audio
    audio     TEXT NOT NULL,               -- JSON: language to file in the data folder or shipped file
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX prompt_key ON prompt (tenant_id, key);

-- Programs outside that lead parts of flows.
CREATE TABLE plugin (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL,              -- sealed; empty: questions are not signed
    timeout_ms BIGINT NOT NULL,            -- 0: two seconds
    kinds      TEXT NOT NULL,              -- JSON: what it offers
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX plugin_key ON plugin (tenant_id, key);

-- What starts a flow without a customer. The word alone is taken by SQL.
CREATE TABLE trigger_ (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    project_id TEXT NOT NULL,
    flow_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,              -- schedule, event, hook
    disabled   BOOLEAN NOT NULL,
    rule       TEXT NOT NULL,              -- JSON: when
    since_ms   BIGINT NOT NULL,            -- what happened before starts nothing: made, switched on, or its rule changed
    token_hash TEXT NOT NULL,              -- of a web hook's address; empty: none
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, flow_id) REFERENCES flow (tenant_id, id)
);
CREATE UNIQUE INDEX trigger_key ON trigger_ (tenant_id, key);
CREATE UNIQUE INDEX trigger_token ON trigger_ (tenant_id, token_hash) WHERE token_hash <> '';

-- A moment of a trigger, written before its flow begins, and what became of it.
CREATE TABLE trigger_run (
    tenant_id  TEXT NOT NULL,
    trigger_id TEXT NOT NULL,
    moment     TEXT NOT NULL,              -- a time, an interaction, a request
    at_ms      BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,            -- 0: not yet
    ended_ms   BIGINT NOT NULL,            -- 0: not yet
    state      TEXT NOT NULL,              -- due, running, done, failed, interrupted, skipped
    by_whom    TEXT NOT NULL,              -- who started it by hand; empty: the trigger
    why        TEXT NOT NULL,              -- JSON: the sentence of why it failed
    inputs     TEXT NOT NULL,              -- JSON
    steps      TEXT NOT NULL,              -- JSON: what the flow did
    flow_id    TEXT NOT NULL,              -- that ran; empty: none yet
    version    BIGINT NOT NULL,            -- of the flow
    PRIMARY KEY (tenant_id, trigger_id, moment),
    FOREIGN KEY (tenant_id, trigger_id) REFERENCES trigger_ (tenant_id, id)
);
CREATE INDEX trigger_run_at ON trigger_run (tenant_id, trigger_id, at_ms);
CREATE INDEX trigger_run_open ON trigger_run (at_ms) WHERE ended_ms = 0;

CREATE TABLE queue (
    tenant_id            TEXT NOT NULL REFERENCES tenant (id),
    id                   TEXT NOT NULL,
    key                  TEXT NOT NULL,
    name                 TEXT NOT NULL,
    project_id           TEXT NOT NULL,
    target_ms            BIGINT NOT NULL,  -- answered within this is in time
    target_percent       BIGINT NOT NULL,  -- the share wished for
    short_abandon_ms     BIGINT NOT NULL,
    offer_ms             BIGINT NOT NULL,  -- how long an offer rings
    wrap_up_ms           BIGINT NOT NULL,  -- 0: none
    disposition_required BOOLEAN NOT NULL,
    recording            BOOLEAN NOT NULL,
    record_on_demand      BOOLEAN NOT NULL,  -- agents start and stop the recording
    waiting_flow_id      TEXT,             -- what callers hear while they wait; NULL: music
    callback             TEXT NOT NULL DEFAULT '{}', -- JSON: how customers are called back; never searched
    hours_id             TEXT,             -- when it is served; NULL: always
    closing              TEXT NOT NULL DEFAULT '{}', -- JSON: what becomes of customers when it is not; never searched
    after_flow_id        TEXT,             -- takes the customer when the agent hangs up first; NULL: none
    after_share          BIGINT NOT NULL DEFAULT 0, -- of so many customers in a hundred
    after_days           BIGINT NOT NULL DEFAULT 0, -- a number at most once in so many; 0: every time
    routing              TEXT NOT NULL DEFAULT '{}', -- JSON: how it chooses agents; never searched
    desk                 TEXT NOT NULL DEFAULT '{}', -- JSON: how agents work on its interactions; never searched
    overflow             TEXT NOT NULL DEFAULT '[]', -- JSON: rules for who waits, in order; never searched
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, hours_id) REFERENCES hours (tenant_id, id),
    FOREIGN KEY (tenant_id, waiting_flow_id) REFERENCES flow (tenant_id, id),
    FOREIGN KEY (tenant_id, after_flow_id) REFERENCES flow (tenant_id, id)
);
CREATE UNIQUE INDEX queue_key ON queue (tenant_id, key);

-- What the estimates of waits have learned, for the next start.
CREATE TABLE queue_pace (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    queue_id  TEXT NOT NULL,               -- may be gone
    at_ms     BIGINT NOT NULL,
    learned   TEXT NOT NULL,               -- JSON; never searched
    PRIMARY KEY (tenant_id, queue_id)
);

CREATE TABLE queue_agent (
    tenant_id TEXT NOT NULL,
    queue_id  TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, queue_id, user_id),
    FOREIGN KEY (tenant_id, queue_id) REFERENCES queue (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX queue_agent_user ON queue_agent (tenant_id, user_id);

CREATE TABLE skill (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,               -- a language's code: the skill is that language
    names     TEXT NOT NULL,               -- JSON: language to name
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX skill_key ON skill (tenant_id, key);

CREATE TABLE agent_skill (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    skill_id  TEXT NOT NULL,
    level     BIGINT NOT NULL,             -- 1 to 10
    PRIMARY KEY (tenant_id, user_id, skill_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    FOREIGN KEY (tenant_id, skill_id) REFERENCES skill (tenant_id, id)
);
CREATE INDEX agent_skill_skill ON agent_skill (tenant_id, skill_id);

CREATE TABLE entry (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    number     TEXT NOT NULL,              -- as the carrier dials it: digits, + before an international one
    project_id TEXT NOT NULL,
    flow_id    TEXT NOT NULL,
    hours_id   TEXT,                       -- NULL: always open
    language   TEXT NOT NULL,              -- en, ru, th; empty: the tenant's
    blocked    TEXT NOT NULL,              -- JSON: callers not taken, numbers and reason in each text
    blocked_answer TEXT NOT NULL,          -- declined, busy, unavailable, unwanted; empty: declined
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, flow_id) REFERENCES flow (tenant_id, id),
    FOREIGN KEY (tenant_id, hours_id) REFERENCES hours (tenant_id, id)
);
CREATE UNIQUE INDEX entry_key ON entry (tenant_id, key);
CREATE UNIQUE INDEX entry_number ON entry (tenant_id, number);

CREATE TABLE trunk (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL,               -- address, registration, certificate
    addresses TEXT NOT NULL,               -- JSON: list of addresses and prefixes calls may come from
    nat       BOOLEAN NOT NULL,            -- the carrier's media may come from another port than it says
    codecs    TEXT NOT NULL,               -- JSON: list in order of preference
    max_calls BIGINT NOT NULL,             -- 0: no limit
    password  TEXT NOT NULL,               -- sealed; empty: none
    settings  TEXT NOT NULL,               -- JSON: hosts, account, numbers, caps, lists; never searched
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX trunk_key ON trunk (tenant_id, key);

-- The trunks by which a project calls out, in its order of use; none: all, in their own order.
CREATE TABLE project_trunk (
    tenant_id  TEXT NOT NULL,
    project_id TEXT NOT NULL,
    trunk_id   TEXT NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, project_id, trunk_id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, trunk_id) REFERENCES trunk (tenant_id, id)
);
CREATE INDEX project_trunk_of ON project_trunk (tenant_id, trunk_id);

-- What calls out have cost, in millionths, by trunk, numbers of a rate, and clock hour.
CREATE TABLE trunk_spend (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    trunk_id  TEXT NOT NULL,
    numbers   TEXT NOT NULL,
    hour_ms   BIGINT NOT NULL,
    amount    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, trunk_id, numbers, hour_ms)
);

CREATE TABLE disposition (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    project_id TEXT NOT NULL,
    parent_id  TEXT,                       -- NULL: first level
    names      TEXT NOT NULL,              -- JSON: language to name
    success    BOOLEAN NOT NULL,
    min_talk_ms BIGINT NOT NULL,           -- may be chosen after a talk of at least this; 0: any
    max_talk_ms BIGINT NOT NULL,           -- and at most this; 0: any
    note_required BOOLEAN NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES project (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES disposition (tenant_id, id)
);
CREATE UNIQUE INDEX disposition_key ON disposition (tenant_id, key);

CREATE TABLE break_reason (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    id        TEXT NOT NULL,
    key       TEXT NOT NULL,
    names     TEXT NOT NULL,               -- JSON: language to name
    limit_ms  BIGINT NOT NULL,             -- 0: no limit
    position  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX break_reason_key ON break_reason (tenant_id, key);

CREATE TABLE customer (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,              -- empty: not known yet
    note       TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    language   TEXT NOT NULL DEFAULT '',   -- en, ru, th; empty: not known
    segment    TEXT NOT NULL DEFAULT '',   -- key, such as vip; empty: none
    PRIMARY KEY (tenant_id, id)
);

-- What else is known of a customer, such as the number of a contract; look-ups find him by it.
CREATE TABLE customer_field (
    tenant_id   TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    name        TEXT NOT NULL,             -- key
    value       TEXT NOT NULL,             -- never empty
    PRIMARY KEY (tenant_id, customer_id, name),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX customer_field_value ON customer_field (tenant_id, name, value);

-- What agents should know before they speak with a customer, such as that he has insulted one.
CREATE TABLE customer_mark (
    tenant_id   TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    at_ms       BIGINT NOT NULL,
    kind        TEXT NOT NULL,             -- abuse
    user_id     TEXT NOT NULL,             -- who said so
    interaction_id TEXT NOT NULL,          -- in which, once each
    PRIMARY KEY (tenant_id, customer_id, interaction_id, kind, user_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);

CREATE TABLE customer_number (
    tenant_id   TEXT NOT NULL,
    number      TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX customer_number_customer ON customer_number (tenant_id, customer_id);

CREATE TABLE agent_status (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    from_ms   BIGINT NOT NULL,
    to_ms     BIGINT NOT NULL,             -- 0: until now
    seq       BIGINT NOT NULL,             -- orders changes of the same millisecond
    status    TEXT NOT NULL,               -- available, break, offline
    until_ms  BIGINT NOT NULL DEFAULT 0,   -- a break that ends by itself; 0: it does not
    reason    TEXT NOT NULL,               -- break: a break reason's key, or missed, phone_lost, recovery; offline: signed_out, desk_gone, restart
    set_by    TEXT NOT NULL DEFAULT '',    -- who else set it; empty: the agent, or the system
    PRIMARY KEY (tenant_id, user_id, from_ms, seq)
);
CREATE UNIQUE INDEX agent_status_open ON agent_status (tenant_id, user_id) WHERE to_ms = 0;
CREATE INDEX agent_status_from ON agent_status (tenant_id, from_ms);

CREATE TABLE phone_check (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    at_ms     BIGINT NOT NULL,
    passed    BOOLEAN NOT NULL,
    result    TEXT NOT NULL,               -- JSON: each step with its measure
    session   TEXT NOT NULL DEFAULT '',    -- the sign-in it counts for: the hash of its token
    failed    TEXT NOT NULL DEFAULT '',    -- JSON: the steps that failed
    PRIMARY KEY (tenant_id, user_id, at_ms)
);
CREATE INDEX phone_check_at ON phone_check (tenant_id, at_ms);

-- What a center asks of its agents before and in a shift.
CREATE TABLE shift_terms (
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    check_demand TEXT NOT NULL,            -- off, warn, block
    list_demand  TEXT NOT NULL,            -- of the checklist: off, warn, block
    holds_h      BIGINT NOT NULL,
    early_min    BIGINT NOT NULL,
    absent_min   BIGINT NOT NULL,
    most_noise   BIGINT NOT NULL,          -- dB, below 0; 0: any
    least_score  BIGINT NOT NULL,          -- hundredths; 0: any
    PRIMARY KEY (tenant_id)
);

-- A leader's word that an agent may work without what he lacks.
CREATE TABLE shift_override (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    at_ms     BIGINT NOT NULL,
    by_user   TEXT NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, at_ms)
);
CREATE INDEX shift_override_at ON shift_override (tenant_id, at_ms);

-- What agents look after at their workplaces, and what they have ticked of it.
CREATE TABLE checklist_item (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    key       TEXT NOT NULL,
    part      TEXT NOT NULL,               -- start, end: of the shift
    texts     TEXT NOT NULL,               -- JSON: language to text
    position  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE TABLE checklist_tick (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    item      TEXT NOT NULL,               -- its key
    at_ms     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, item, at_ms)
);
CREATE INDEX checklist_tick_at ON checklist_tick (tenant_id, at_ms);
CREATE TABLE spot_check (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    at_ms     BIGINT NOT NULL,
    by_user   TEXT NOT NULL,
    good      BOOLEAN NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, at_ms)
);
CREATE INDEX spot_check_at ON spot_check (tenant_id, at_ms);

-- When an agent's shift is planned to begin, and when he came.
CREATE TABLE shift_start (
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    on_day    TEXT NOT NULL,               -- mon … sun, or a day such as 2026-11-23
    minute    BIGINT NOT NULL,             -- from midnight of the tenant's time; -1: none
    PRIMARY KEY (tenant_id, user_id, on_day)
);
CREATE TABLE arrival (
    tenant_id   TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    day         TEXT NOT NULL,             -- of the shift
    at_ms       BIGINT NOT NULL,
    planned_ms  BIGINT NOT NULL,           -- 0: nothing was planned
    credited_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, day)
);
CREATE INDEX arrival_at ON arrival (tenant_id, at_ms);

CREATE TABLE audit (
    tenant_id   TEXT NOT NULL,
    id          TEXT NOT NULL,
    at_ms       BIGINT NOT NULL,
    user_id     TEXT NOT NULL,             -- empty: the system
    source      TEXT NOT NULL,             -- address, or "file" or "system"
    action      TEXT NOT NULL,             -- create, change, delete, listen, export, sign_in ...
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    detail      TEXT NOT NULL,             -- JSON: before and after
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_object ON audit (tenant_id, object_kind, object_id, id);

CREATE TABLE interaction (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    project_id     TEXT NOT NULL,
    channel        TEXT NOT NULL,          -- voice, chat, message, email, fax, voicemail, task
    origin         TEXT NOT NULL,          -- inbound, campaign, callback, manual, transfer, internal
    phase          TEXT NOT NULL,          -- flow, resting, waiting, offered, connecting, connected, interrupted, forwarded, parked, wrapping_up, done
    customer_address TEXT NOT NULL,        -- the caller's number
    center_address TEXT NOT NULL,          -- the number dialed
    entry_id       TEXT NOT NULL,
    trunk_id       TEXT NOT NULL,
    customer_id    TEXT NOT NULL,
    language       TEXT NOT NULL,
    queue_id       TEXT NOT NULL,          -- the last
    agent_id       TEXT NOT NULL,          -- the last
    arrived_ms     BIGINT NOT NULL,
    queued_ms      BIGINT NOT NULL,        -- 0: never
    answered_ms    BIGINT NOT NULL,        -- 0: never
    left_ms        BIGINT NOT NULL,        -- the customer's leg ended; 0: still here
    ended_ms       BIGINT NOT NULL,        -- everything ended, wrap-up too; 0: open
    talk_ms        BIGINT NOT NULL,
    hold_ms        BIGINT NOT NULL,
    wrap_up_ms     BIGINT NOT NULL,
    cause          TEXT NOT NULL,          -- customer, agent, system, carrier, outside, unknown; empty: open
    cause_detail   TEXT NOT NULL,
    disposition_id TEXT NOT NULL,
    note           TEXT NOT NULL,
    recording      TEXT NOT NULL,          -- '', running, complete, partial, failed, removed
    hang_up_reason TEXT NOT NULL DEFAULT '',         -- why the agent ended it first
    hang_up_review BOOLEAN NOT NULL DEFAULT FALSE,      -- the project wants to look at that
    abuse_ms       BIGINT NOT NULL DEFAULT 0,           -- an agent was insulted, the first time; 0: none was
    left_in        TEXT NOT NULL DEFAULT '',         -- the interaction in which this one, a message or a task, was left or made; empty: none
    last_seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX interaction_arrived ON interaction (tenant_id, arrived_ms, id);
CREATE INDEX interaction_open ON interaction (tenant_id, id) WHERE ended_ms = 0;
CREATE INDEX interaction_ended ON interaction (tenant_id, ended_ms) WHERE ended_ms > 0;
CREATE INDEX interaction_customer ON interaction (tenant_id, customer_id, arrived_ms);
CREATE INDEX interaction_review ON interaction (tenant_id, arrived_ms, id) WHERE hang_up_review;
CREATE INDEX interaction_abuse ON interaction (tenant_id, arrived_ms, id) WHERE abuse_ms > 0;
CREATE INDEX interaction_left ON interaction (tenant_id, left_in) WHERE left_in <> '';
CREATE INDEX interaction_agent ON interaction (tenant_id, agent_id, arrived_ms);

-- A customer who left the line to be called back. What a number has one open row of is a rule of its project. His place is as old as since_ms.
CREATE TABLE callback (
    tenant_id    TEXT NOT NULL,
    id           TEXT NOT NULL,
    first_id     TEXT NOT NULL,            -- the interaction in which it was asked for
    last_id      TEXT NOT NULL,            -- of the latest call; empty: none yet
    project_id   TEXT NOT NULL,
    queue_id     TEXT NOT NULL,
    number       TEXT NOT NULL,
    center_address TEXT NOT NULL,          -- the number the customer had called
    language     TEXT NOT NULL,
    priority     BIGINT NOT NULL,
    rules        TEXT NOT NULL,            -- JSON: the queue's settings of that moment
    since_ms     BIGINT NOT NULL,          -- the customer waits since then
    asked_ms     BIGINT NOT NULL,
    state        TEXT NOT NULL,            -- waiting, calling, resting, reached, given_up, cancelled
    attempts     BIGINT NOT NULL,          -- calls in vain
    next_ms      BIGINT NOT NULL,          -- resting: in line again then
    ended_ms     BIGINT NOT NULL,          -- 0: open
    why          TEXT NOT NULL,            -- how the last call failed, or who cancelled
    customer_first BOOLEAN NOT NULL,       -- the customer is called before an agent is asked
    prompt       TEXT NOT NULL,            -- key of what he is asked then; empty: shipped words
    slot_ms      BIGINT NOT NULL,          -- the time chosen for the call; 0: when it is his turn
    by_id        TEXT NOT NULL,            -- the agent who has promised it; empty: the customer asked
    own_id       TEXT NOT NULL,            -- whose it is at its time; empty: everybody's of the queue
    note         TEXT NOT NULL,            -- what the call is about
    reason       TEXT NOT NULL,            -- why it was cancelled, in words; may be empty
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX callback_open ON callback (tenant_id, number) WHERE ended_ms = 0;
CREATE INDEX callback_asked ON callback (tenant_id, asked_ms, queue_id);

-- What a customer is leaving just now. The row goes when it has become an interaction, or was thrown away.
CREATE TABLE voicemail (
    tenant_id    TEXT NOT NULL,
    id           TEXT NOT NULL,            -- of the interaction it becomes
    path         TEXT NOT NULL,            -- below the data folder
    codec        TEXT NOT NULL,
    started_ms   BIGINT NOT NULL,
    minimum_ms   BIGINT NOT NULL,          -- shorter ones are thrown away
    arrival      TEXT NOT NULL,            -- JSON: what the interaction begins with
    PRIMARY KEY (tenant_id, id)
);

-- Something to be done for a customer later: the record of its interactions' journals, written with them.
CREATE TABLE task (
    tenant_id      TEXT NOT NULL,
    number         BIGINT NOT NULL,        -- that people say aloud: T-1042
    once           TEXT NOT NULL,          -- what it was made for: whoever tries again makes no other
    interaction_id TEXT NOT NULL,          -- of its present or last round
    round          BIGINT NOT NULL,        -- 1, and one more each time it was opened again
    state          TEXT NOT NULL,          -- open, in_hand, done, cancelled
    project_id     TEXT NOT NULL,
    queue_id       TEXT NOT NULL,
    customer_id    TEXT NOT NULL,          -- empty: of nobody
    customer_address TEXT NOT NULL,        -- empty: of nobody, or withheld
    language       TEXT NOT NULL,
    subject        TEXT NOT NULL,
    body           TEXT NOT NULL,
    priority       BIGINT NOT NULL,
    only_id        TEXT NOT NULL,          -- the one agent it is for; empty: all of the queue
    agent_id       TEXT NOT NULL,          -- who has it in hand, or has done it; empty: nobody
    made_by        TEXT NOT NULL,          -- flow, trigger, agent, api
    maker_id       TEXT NOT NULL,          -- the user who made it; empty: a flow did
    maker_name     TEXT NOT NULL,          -- of the flow
    from_id        TEXT NOT NULL,          -- the interaction in which it was made; empty: in none
    disposition_id TEXT NOT NULL,
    note           TEXT NOT NULL,
    made_ms        BIGINT NOT NULL,
    start_ms       BIGINT NOT NULL,        -- nobody gets it before; 0: at once
    due_ms         BIGINT NOT NULL,
    ended_ms       BIGINT NOT NULL,        -- 0: open, or in hand
    PRIMARY KEY (tenant_id, number)
);
CREATE UNIQUE INDEX task_once ON task (tenant_id, once);
CREATE INDEX task_due ON task (tenant_id, due_ms, number) WHERE ended_ms = 0;
CREATE INDEX task_ended ON task (tenant_id, ended_ms) WHERE ended_ms > 0;
CREATE INDEX task_customer ON task (tenant_id, customer_id, number);
CREATE INDEX task_from ON task (tenant_id, from_id) WHERE from_id <> '';

-- The last number given to a task.
CREATE TABLE task_number (
    tenant_id      TEXT PRIMARY KEY,
    last           BIGINT NOT NULL
);

-- A stretch with one queue and at most one agent.
CREATE TABLE segment (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    seq            BIGINT NOT NULL,        -- 1, 2, ...
    queue_id       TEXT NOT NULL,
    agent_id       TEXT NOT NULL,          -- empty: nobody took it
    handed         BOOLEAN NOT NULL DEFAULT FALSE,       -- by another agent in the talk: nobody waited in the queue for it
    outbound       BOOLEAN NOT NULL DEFAULT FALSE,       -- its agent has called the customer by himself: counted apart
    promised_ms    BIGINT NOT NULL DEFAULT 0, -- the customer was promised a call and waits since then: his wait is not the line's; 0: nobody promised
    queued_ms      BIGINT NOT NULL,
    answered_ms    BIGINT NOT NULL,        -- 0: not answered
    left_ms        BIGINT NOT NULL,        -- waiting or talk ended; 0: not yet
    ended_ms       BIGINT NOT NULL,        -- wrap-up ended too; 0: open
    outcome        TEXT NOT NULL,          -- '', answered, abandoned, short_abandon, requeued, lost
    in_time        BOOLEAN NOT NULL,       -- answered within the queue's target of that moment
    talk_ms        BIGINT NOT NULL,
    hold_ms        BIGINT NOT NULL,
    wrap_up_ms     BIGINT NOT NULL,
    missed         BIGINT NOT NULL,        -- offers declined, timed out or failed
    disposition_id TEXT NOT NULL DEFAULT '', -- of an agent who handed over and wrapped up his part; the last one's is the interaction's
    note           TEXT NOT NULL DEFAULT '', -- the same
    PRIMARY KEY (tenant_id, interaction_id, seq)
) WITHOUT ROWID;
CREATE INDEX segment_queued ON segment (tenant_id, queued_ms, queue_id);
CREATE INDEX segment_agent ON segment (tenant_id, agent_id, queued_ms);

-- Customers who were kept on the line after their talk, to be asked about it.
CREATE TABLE survey (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    seq            BIGINT NOT NULL,        -- of the segment it is about
    address        TEXT NOT NULL,          -- the customer's number; empty: withheld
    asked_ms       BIGINT NOT NULL,
    answered       BOOLEAN NOT NULL DEFAULT FALSE, -- at least one question
    PRIMARY KEY (tenant_id, interaction_id)
) WITHOUT ROWID;
CREATE INDEX survey_asked ON survey (tenant_id, asked_ms);
CREATE INDEX survey_address ON survey (tenant_id, address, asked_ms);

-- What customers answered to flows' questions.
CREATE TABLE answer (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    question       TEXT NOT NULL,          -- the key its flow gives it
    seq            BIGINT NOT NULL,        -- of the segment it is about; 0: of none
    project_id     TEXT NOT NULL,
    queue_id       TEXT NOT NULL,          -- of the segment
    agent_id       TEXT NOT NULL,          -- of the segment; empty: no agent had talked with him
    scale          TEXT NOT NULL,          -- five, ten, yes_no
    score          BIGINT NOT NULL,        -- 1 to 5, 0 to 10, 0 or 1
    at_ms          BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, interaction_id, question)
) WITHOUT ROWID;
CREATE INDEX answer_at ON answer (tenant_id, at_ms);
CREATE INDEX answer_agent ON answer (tenant_id, agent_id, at_ms);

CREATE TABLE offer (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    at_ms          BIGINT NOT NULL,
    agent_id       TEXT NOT NULL,
    queue_id       TEXT NOT NULL,
    ended_ms       BIGINT NOT NULL,
    outcome        TEXT NOT NULL,          -- accepted, declined, timed_out, withdrawn, failed
    PRIMARY KEY (tenant_id, interaction_id, at_ms, agent_id)
) WITHOUT ROWID;
CREATE INDEX offer_agent ON offer (tenant_id, agent_id, at_ms);

CREATE TABLE event (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    seq            BIGINT NOT NULL,        -- 1, 2, ... without holes
    at_ms          BIGINT NOT NULL,
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,          -- JSON, see package interaction
    PRIMARY KEY (tenant_id, interaction_id, seq)
) WITHOUT ROWID;

CREATE TABLE leg (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    seq            BIGINT NOT NULL,        -- in the order in which they ended
    kind           TEXT NOT NULL,          -- trunk, browser, sip, outside
    user_id        TEXT NOT NULL,          -- whose phone it is; empty: the customer's leg, or a number outside
    address        TEXT NOT NULL,          -- the customer's number, or that outside
    codec          TEXT NOT NULL,
    encrypted      BOOLEAN NOT NULL,
    began_ms       BIGINT NOT NULL,
    ended_ms       BIGINT NOT NULL,
    packets        BIGINT NOT NULL,        -- that should have come
    loss_ppm       BIGINT NOT NULL,        -- of a million
    jitter_us      BIGINT NOT NULL,        -- mean
    score_100      BIGINT NOT NULL,        -- MOS times 100; 0: too little was heard
    far_packets    BIGINT NOT NULL,        -- the same as the party says it heard us; 0: it did not say
    far_loss_ppm   BIGINT NOT NULL,
    far_jitter_us  BIGINT NOT NULL,
    far_score_100  BIGINT NOT NULL,
    round_trip_us  BIGINT NOT NULL,        -- 0: not known
    spells         BIGINT NOT NULL,        -- bad ones
    worst_100      BIGINT NOT NULL,        -- the lowest score in them; 0: none
    levels_ms      BIGINT NOT NULL,        -- the first second of the levels begins; 0: there are none
    levels_customer BYTEA NOT NULL,        -- a byte a second, as RFC 6464; the highest bit: spoke
    levels_others  BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, interaction_id, seq)
);

CREATE TABLE sip_ladder (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    at_ms          BIGINT NOT NULL,        -- end of the interaction's calls
    messages       BIGINT NOT NULL,
    body           BYTEA NOT NULL,         -- JSON, deflated; see package ladder
    PRIMARY KEY (tenant_id, interaction_id)
);
CREATE INDEX sip_ladder_age ON sip_ladder (at_ms);

CREATE TABLE recording (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    path           TEXT NOT NULL,          -- below the data folder
    codec          TEXT NOT NULL,
    started_ms     BIGINT NOT NULL,
    ended_ms       BIGINT NOT NULL,        -- 0: running
    state          TEXT NOT NULL,          -- running, complete, partial (something is missing), failed, removed
    bytes          BIGINT NOT NULL,
    detail         TEXT NOT NULL,          -- why it failed or what is missing
    marks          TEXT NOT NULL,          -- JSON: stretches that were not recorded
    project_id     TEXT NOT NULL,          -- whose days of keeping count
    format         TEXT NOT NULL,          -- wav, opus
    key_id         TEXT NOT NULL,          -- the key it is sealed with; empty: not sealed
    place          TEXT NOT NULL,          -- folder, s3: there path is the object's name after the prefix
    local          BOOLEAN NOT NULL,       -- in s3, and a copy still in the folder
    stale          TEXT NOT NULL,          -- a file of it still to be removed, s3: before an object's; empty: none
    kept_ms        BIGINT NOT NULL,        -- sealed and in its place since; 0: still to be done
    wanted         TEXT NOT NULL,          -- the format it is still to be converted to; empty: none
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX recording_unkept ON recording (tenant_id, id) WHERE kept_ms = 0;
CREATE INDEX recording_wanted ON recording (tenant_id, id) WHERE wanted <> '';
CREATE INDEX recording_unplaced ON recording (tenant_id, id) WHERE place = 'folder' AND kept_ms > 0 AND key_id <> '';
CREATE INDEX recording_local ON recording (tenant_id, id) WHERE local;
CREATE INDEX recording_stale ON recording (tenant_id, id) WHERE stale <> '';
CREATE INDEX recording_age ON recording (tenant_id, project_id, started_ms);

-- E-mail and SMS that are to be sent, or were. A row from the transaction on that wants it sent.
CREATE TABLE outgoing (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    key            TEXT NOT NULL,          -- the same wish, asked again after a crash, has the same key
    project_id     TEXT NOT NULL,          -- empty: the center itself
    customer_id    TEXT NOT NULL,          -- empty: nobody we know
    interaction_id TEXT NOT NULL,          -- empty: none
    node           TEXT NOT NULL,          -- of the flow that wanted it; empty: none
    way            TEXT NOT NULL,          -- email, sms
    gateway        TEXT NOT NULL,          -- its name in the server's configuration
    recipient      TEXT NOT NULL,          -- E.164, or an address of e-mail
    sender         TEXT NOT NULL,          -- empty: what the gateway says
    subject        TEXT NOT NULL,
    body           TEXT NOT NULL,          -- sealed if secret; empty: a secret that is no longer needed
    secret         BOOLEAN NOT NULL,
    state          TEXT NOT NULL,          -- queued, sent, failed, given_up
    created_ms     BIGINT NOT NULL,
    attempts       BIGINT NOT NULL,        -- that failed
    next_ms        BIGINT NOT NULL,        -- when it is tried
    expires_ms     BIGINT NOT NULL,        -- when it is of no use any more; 0: never
    ended_ms       BIGINT NOT NULL,        -- 0: it is queued
    detail         TEXT NOT NULL,          -- why the last try failed
    reference      TEXT NOT NULL,          -- what the gateway calls it
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX outgoing_key ON outgoing (tenant_id, key);
CREATE INDEX outgoing_interaction ON outgoing (tenant_id, interaction_id);
CREATE INDEX outgoing_recipient ON outgoing (tenant_id, recipient, created_ms);
CREATE INDEX outgoing_queued ON outgoing (gateway, next_ms) WHERE state = 'queued';

-- What recordings say in words, or are to say. The row comes and goes with the recording.
CREATE TABLE transcript (
    tenant_id      TEXT NOT NULL,
    recording_id   TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    project_id     TEXT NOT NULL,          -- whose recognizers
    language       TEXT NOT NULL,          -- that is spoken
    state          TEXT NOT NULL,          -- waiting, written, failed
    wanted_ms      BIGINT NOT NULL,
    tries          BIGINT NOT NULL,        -- that failed
    next_ms        BIGINT NOT NULL,        -- when it is tried
    ended_ms       BIGINT NOT NULL,        -- written or failed; 0: neither
    text           TEXT NOT NULL,          -- empty: not written, or no words were heard
    folded         TEXT NOT NULL,          -- the text as it is searched
    detail         TEXT NOT NULL,          -- why the last try failed
    PRIMARY KEY (tenant_id, recording_id)
);
CREATE INDEX transcript_interaction ON transcript (tenant_id, interaction_id);
CREATE INDEX transcript_waiting ON transcript (next_ms) WHERE state = 'waiting';

-- A legal hold: the recordings of this interaction are not removed, whatever their age.
CREATE TABLE recording_hold (
    tenant_id      TEXT NOT NULL,
    interaction_id TEXT NOT NULL,
    reason         TEXT NOT NULL,
    user_id        TEXT NOT NULL,          -- who set it
    at_ms          BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, interaction_id)
);
CREATE INDEX recording_interaction ON recording (tenant_id, interaction_id);
CREATE INDEX recording_running ON recording (tenant_id, id) WHERE ended_ms = 0;

-- What leaders tell agents in writing, and who has read and confirmed it.
CREATE TABLE notice (
    tenant_id    TEXT NOT NULL REFERENCES tenant (id),
    id           TEXT NOT NULL,
    texts        TEXT NOT NULL,            -- JSON: language to title and body; never searched
    importance   TEXT NOT NULL,            -- read, confirm, block
    audience     TEXT NOT NULL,            -- JSON: everybody, queues, projects, people; never searched
    from_ms      BIGINT NOT NULL,
    until_ms     BIGINT NOT NULL,          -- 0: until it is withdrawn
    revision     BIGINT NOT NULL,          -- what is to be read and confirmed
    version      BIGINT NOT NULL,          -- grows with each change
    author_id    TEXT NOT NULL,            -- empty: the system
    written_ms   BIGINT NOT NULL,
    changed_ms   BIGINT NOT NULL,
    withdrawn_ms BIGINT NOT NULL,          -- 0: it is not
    reminded_ms  BIGINT NOT NULL,          -- the last time; 0: never
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE notice_reading (
    tenant_id    TEXT NOT NULL,
    notice_id    TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    revision     BIGINT NOT NULL,
    read_ms      BIGINT NOT NULL,
    confirmed_ms BIGINT NOT NULL,          -- 0: not
    PRIMARY KEY (tenant_id, notice_id, user_id, revision),
    FOREIGN KEY (tenant_id, notice_id) REFERENCES notice (tenant_id, id)
);
CREATE INDEX notice_reading_of_user ON notice_reading (tenant_id, user_id, notice_id);

-- What is trouble, and who is told.
CREATE TABLE alert_rule (
    tenant_id  TEXT NOT NULL REFERENCES tenant (id),
    id         TEXT NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    disabled   BOOLEAN NOT NULL,
    project_id TEXT NOT NULL,              -- empty: all
    queue_id   TEXT NOT NULL,              -- empty: all of the project
    terms      TEXT NOT NULL,              -- JSON: when, and who; never searched
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX alert_rule_key ON alert_rule (tenant_id, key);

-- One trouble from its beginning to its end. Its rule may be gone.
CREATE TABLE alert (
    tenant_id    TEXT NOT NULL,
    id           TEXT NOT NULL,
    rule_id      TEXT NOT NULL,
    name         TEXT NOT NULL,            -- of the rule, when it was raised
    what         TEXT NOT NULL,            -- long_wait, abandoned, long_break, nobody_available, nobody_signed_in, service_fails
    subject_kind TEXT NOT NULL,            -- queue, agent, service
    subject_id   TEXT NOT NULL,
    about        TEXT NOT NULL,            -- the subject's name, when it was raised
    project      TEXT NOT NULL,            -- its name; empty: none
    value        BIGINT NOT NULL,          -- milliseconds, percent or people
    limit_value  BIGINT NOT NULL,
    worst        BIGINT NOT NULL,
    detail       TEXT NOT NULL,
    since_ms     BIGINT NOT NULL,          -- the trouble began
    raised_ms    BIGINT NOT NULL,
    cleared_ms   BIGINT NOT NULL,          -- 0: it lasts
    why          TEXT NOT NULL,            -- it is over: calm, changed, gone
    seen_by      TEXT NOT NULL,            -- the user; empty: nobody
    seen_name    TEXT NOT NULL,
    seen_ms      BIGINT NOT NULL,          -- 0: nobody
    told_ms      BIGINT NOT NULL,          -- messages were sent last
    times        BIGINT NOT NULL,          -- how often
    untold       TEXT NOT NULL,            -- why a message could not be sent; empty: all were
    PRIMARY KEY (tenant_id, id)
);
-- The same outage is one alert, whatever dies when.
CREATE UNIQUE INDEX alert_open ON alert (tenant_id, rule_id, subject_kind, subject_id) WHERE cleared_ms = 0;
CREATE INDEX alert_raised ON alert (tenant_id, raised_ms);

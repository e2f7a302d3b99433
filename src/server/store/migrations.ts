/** The database's shape: the first one that is released, and numbered steps from there, which never change then. */

/** `TPEn` in `PRAGMA application_id`: a SQLite file of somebody else's is refused instead of written to. */
export const APPLICATION_ID = 0x5450456e;

const PROFILE_ATTRIBUTE_VIEW = `
  -- For people with the sqlite3 shell: one line for each stored attribute, beneath a pending one too.
  -- The record becomes JSON by text replacement alone. Fields hold no raw comma and no LF, so a field that is just an
  -- LF can mark the end of a segment, and no JSON escape holds a comma. Times are in base 36: each digit by its place.
  CREATE VIEW profile_attribute AS
  SELECT
    client.code AS client,
    iif(profile.kind = 0, 'pcId', 'thirdPartyId') AS kind,
    profile.key AS id,
    attribute_name.name AS name,
    replace(replace(replace(
      json_extract(segment.value, '$[' || (field.key + 1) || ']'),
      '%0A', char(10)), '%2C', ','), '%25', '%') AS value,
    CASE substr(json_extract(segment.value, '$[0]'), 1, 1)
      WHEN '~' THEN 'pending' WHEN '@' THEN 'customer' WHEN '+' THEN 'session' ELSE 'base'
    END AS layer,
    (
      SELECT sum((instr('0123456789abcdefghijklmnopqrstuvwxyz', substr(json_extract(segment.value, '$[0]'), -1 - place.key, 1)) - 1) * place.value)
      FROM json_each('[1,36,1296,46656,1679616,60466176,2176782336,78364164096,2821109907456,101559956668416,3656158440062976]') AS place
      WHERE place.key < length(json_extract(segment.value, '$[0]')) - 1
    ) AS modified_at,
    CAST(nullif(json_extract(segment.value, '$[1]'), '') AS INTEGER) AS batch,
    CAST(nullif(json_extract(segment.value, '$[2]'), '') AS INTEGER) AS row
  FROM profile
  JOIN client ON client.generation = profile.generation
  JOIN json_each(
    '[[' || replace(replace(
      json_quote(replace(profile.record, char(10), ',' || char(10) || ',')),
      ',', '","'), ',"\\n",', '],[') || ']]'
  ) AS segment
  JOIN json_each(segment.value) AS field ON field.key >= 3 AND field.key % 2 = 1
  JOIN attribute_name ON attribute_name.generation = profile.generation
    AND attribute_name.id = CAST(field.value AS INTEGER)
  WHERE profile.record <> '' AND profile.kind < 3;
`;

/** `PRAGMA user_version` of the first step. Those below it were never released: a database of one is refused. */
export const FIRST_VERSION = 10;

/** Each step brings the version to the next number. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counter VALUES ('generation', 0);

  -- A client code in one of its lives: dropping it removes the row, the next life has another generation.
  -- waiting_batches, waiting_bytes: its incomplete batches, kept by the triggers below, since each submission asks.
  -- pace: JSON of a Progression; null: as the emulator was started.
  CREATE TABLE client (
    code TEXT PRIMARY KEY,
    generation INTEGER NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    links INTEGER NOT NULL DEFAULT 0,
    waiting_batches INTEGER NOT NULL DEFAULT 0,
    waiting_bytes INTEGER NOT NULL DEFAULT 0,
    pace TEXT
  );
  CREATE INDEX client_waiting ON client (waiting_batches, waiting_bytes) WHERE waiting_batches > 0;
  -- One token at a time for each scope of a client code.
  CREATE TABLE token (
    generation INTEGER NOT NULL,
    scope TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (generation, scope)
  ) WITHOUT ROWID;
  CREATE TABLE dropped_generation (generation INTEGER PRIMARY KEY);

  -- h: hash of (generation, kind, key); where that place is taken, the next free one.
  -- kind: 0 pcId, 1 thirdPartyId, 2 an ECID, which holds no attributes, 3 what files said of a customer: its key is the
  -- source's id, a comma and the customer id, its h is that of a thirdPartyId. In profiles a segment of customer
  -- attributes begins with @; its batch is a file's sequence. One that begins with + is what calls said in a session; its
  -- time is when the session ends.
  -- modified_at, active_at: null where the record's last time says the same.
  -- linked: on a pcId, the thirdPartyId it is an alias of; on a thirdPartyId, the pcId it was last linked with; on an
  -- ECID, the pcId that it leads to.
  CREATE TABLE profile (
    h INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    key TEXT NOT NULL,
    modified_at INTEGER,
    active_at INTEGER,
    linked TEXT,
    record TEXT NOT NULL
  );
  -- Finds the ids that lead to a visitor who is to be forgotten.
  CREATE INDEX profile_by_link ON profile (generation, kind, linked) WHERE linked IS NOT NULL;
  CREATE TABLE attribute_name (
    generation INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_customers INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (generation, id)
  ) WITHOUT ROWID;
  -- Not every name is held in memory: it must be found.
  CREATE INDEX attribute_by_name ON attribute_name (generation, name);

  -- due_at: null for a manual pace. ended_at: when it became complete or stuck.
  -- body_name: its spool file, null where the bytes are in batch_body. failure: why the body could not be applied.
  -- polls_left: status requests until the batch is due. faults: what was asked to go wrong with it, as JSON.
  CREATE TABLE batch (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    batch_id TEXT NOT NULL,
    api TEXT NOT NULL,
    id_kind TEXT NOT NULL,
    status TEXT NOT NULL,
    batch_size INTEGER NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    not_found INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    ignored INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    submitted_at INTEGER NOT NULL,
    due_at INTEGER,
    ended_at INTEGER,
    row_order TEXT,
    body TEXT NOT NULL,
    body_name TEXT,
    body_bytes INTEGER NOT NULL,
    outcome_bytes INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL,
    diagnostics TEXT NOT NULL,
    pace TEXT,
    polls_left INTEGER,
    faults TEXT,
    body_checksum INTEGER,
    failure TEXT
  );
  CREATE UNIQUE INDEX batch_by_id ON batch (batch_id, generation);
  CREATE INDEX batch_by_client ON batch (generation, sequence);
  CREATE INDEX batch_waiting ON batch (generation, sequence) WHERE status = 'incomplete';
  CREATE INDEX batch_with_body ON batch (ended_at, sequence) WHERE ended_at IS NOT NULL AND body = 'kept';
  CREATE INDEX batch_with_outcomes ON batch (ended_at, sequence) WHERE ended_at IS NOT NULL AND outcome_bytes > 0;
  CREATE TRIGGER batch_waits AFTER INSERT ON batch BEGIN
    UPDATE client SET waiting_batches = waiting_batches + 1, waiting_bytes = waiting_bytes + new.body_bytes
    WHERE generation = new.generation;
  END;
  CREATE TRIGGER batch_ends AFTER UPDATE OF status ON batch WHEN old.status = 'incomplete' BEGIN
    UPDATE client SET waiting_batches = waiting_batches - 1, waiting_bytes = waiting_bytes - old.body_bytes
    WHERE generation = old.generation;
  END;
  CREATE TABLE batch_body (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

  -- One for each slice, rows in the order applied; see row-outcomes.ts for the words.
  CREATE TABLE outcome_slice (
    sequence INTEGER NOT NULL,
    consumed INTEGER NOT NULL,
    words BLOB NOT NULL,
    PRIMARY KEY (sequence, consumed)
  );
  CREATE TABLE outcome_rule (id INTEGER PRIMARY KEY, rule TEXT NOT NULL UNIQUE);
  -- Which batch took away attributes of which earlier one (sequences; batch 0: those that are not told apart), in how
  -- many of its rows. first: JSON, the first of these rows.
  CREATE TABLE override_tally (
    by_batch INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first TEXT NOT NULL,
    PRIMARY KEY (by_batch, batch)
  ) WITHOUT ROWID;
  CREATE INDEX override_of_batch ON override_tally (batch);

  CREATE TABLE attribute_source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    alias TEXT NOT NULL,
    definition TEXT NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    dropped_files INTEGER NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX attribute_source_by_alias ON attribute_source (generation, alias);
  -- is_packed: an archive that is still to be taken apart. applied_bytes: where the stretch begins that is applied,
  -- stretch_rows: how many of its rows are. loss: the share and the seed of a fault (ca-loss), and what was lost so far, as JSON.
  CREATE TABLE attribute_file (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    alias TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    fin TEXT,
    is_packed INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    ended_at INTEGER,
    fault TEXT,
    rows INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    applied_bytes INTEGER NOT NULL DEFAULT 0,
    applied_rows INTEGER NOT NULL DEFAULT 0,
    stretch_rows INTEGER NOT NULL DEFAULT 0,
    body BLOB,
    body_name TEXT,
    body_bytes INTEGER NOT NULL,
    body_checksum INTEGER,
    loss TEXT
  );
  CREATE INDEX attribute_file_by_client ON attribute_file (generation, alias, sequence);
  CREATE INDEX attribute_file_waiting ON attribute_file (sequence) WHERE status IN ('waiting', 'applying');
  CREATE VIEW spooled_body AS
    SELECT body_name, body_bytes FROM batch WHERE body_name IS NOT NULL
    UNION ALL SELECT body_name, body_bytes FROM attribute_file WHERE body_name IS NOT NULL;
  ${PROFILE_ATTRIBUTE_VIEW}
  `,
];

export const SCHEMA_VERSION = FIRST_VERSION + MIGRATIONS.length - 1;

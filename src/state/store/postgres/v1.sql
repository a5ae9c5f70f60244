-- The first schema. Run inside one transaction, under a lock of its own; what is there already is left alone.
-- People read the views; the tables behind them may change with the version.
DO $schema$
BEGIN
  IF to_regclass('wawpform.version') IS NOT NULL THEN
    RETURN;
  END IF;
  -- Asked first: whoever was given a schema need not be allowed to make one.
  IF to_regnamespace('wawpform') IS NULL THEN
    CREATE SCHEMA wawpform;
  END IF;

  CREATE TABLE wawpform.version (
    version integer NOT NULL,
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
  );
  -- One row a fleet: its lease, which journal is its present one, and the document without its instances.
  CREATE TABLE wawpform.fleet (
    fleet text PRIMARY KEY,
    fence bigint NOT NULL,
    token uuid,
    holder json,
    expires timestamptz,
    journal bigint NOT NULL DEFAULT 0,
    head json
  );
  -- `json` and not `jsonb`: it keeps what was written, byte for byte.
  CREATE TABLE wawpform.instance (
    fleet text NOT NULL,
    name text NOT NULL,
    recorded json NOT NULL,
    PRIMARY KEY (fleet, name)
  );
  CREATE TABLE wawpform.pending (
    fleet text NOT NULL,
    name text NOT NULL,
    pending json NOT NULL,
    PRIMARY KEY (fleet, name)
  );
  -- Only ever added to. The rows of a fleet's present journal are not yet in its other rows.
  CREATE TABLE wawpform.journal (
    fleet text NOT NULL,
    journal bigint NOT NULL,
    batch bigint NOT NULL,
    fence bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    line json NOT NULL,
    PRIMARY KEY (fleet, journal, batch)
  );

  CREATE VIEW wawpform.fleets AS
    SELECT fleet, (head->>'serial')::numeric AS serial, head->>'lineage' AS lineage, head->>'api' AS api,
           CASE WHEN expires > clock_timestamp() THEN holder->>'Who' END AS locked_by,
           CASE WHEN expires > clock_timestamp() THEN expires END AS locked_until
    FROM wawpform.fleet;
  -- A zero character is text in JSON, and neither in jsonb nor in text.
  CREATE VIEW wawpform.instances AS
    SELECT fleet, name, r->>'instance_id' AS instance_id, r->>'session_name' AS session_name,
           r->>'server_name' AS server_name, (r->>'created_at')::timestamptz AS created_at,
           (r->>'protect')::boolean AS protect, (r->>'running')::boolean AS running,
           r->>'rate_limit' AS rate_limit, r->'labels' AS labels, coalesce(r->'webhooks', '{}') AS webhooks,
           coalesce(r->'doubtful', '[]') AS doubtful
    FROM (SELECT fleet, name, replace(recorded::text, '\u0000', '\ufffd')::jsonb AS r FROM wawpform.instance) AS i;
  CREATE VIEW wawpform.pending_calls AS
    SELECT fleet, name, p->>'call' AS call, (p->>'since')::timestamptz AS since, p->>'reason' AS reason
    FROM (SELECT fleet, name, replace(pending::text, '\u0000', '\ufffd')::jsonb AS p FROM wawpform.pending) AS i;
  CREATE VIEW wawpform.records AS
    SELECT j.fleet, j.at, j.fence, j.journal, j.batch, r.number, r.record->>'record' AS record,
           coalesce(r.record->>'name', r.record->>'from') AS name, r.record AS facts,
           j.journal <> f.journal AS in_instances
    FROM wawpform.journal AS j JOIN wawpform.fleet AS f USING (fleet),
         jsonb_array_elements(replace(j.line::text, '\u0000', '\ufffd')::jsonb->'records')
           WITH ORDINALITY AS r(record, number);

  INSERT INTO wawpform.version (version) VALUES (1);
END
$schema$;

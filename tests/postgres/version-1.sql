-- What a program with the first version of the tables left: a state, and the journal of a run that was cut off. As
-- `pg_dump --schema=wawpform --inserts` writes it. Never changed: what was left once is to be read for good.
CREATE SCHEMA wawpform;
CREATE TABLE wawpform.fleet (
    fleet text NOT NULL,
    fence bigint NOT NULL,
    token uuid,
    holder json,
    expires timestamp with time zone,
    journal bigint DEFAULT 0 NOT NULL,
    head json
);
CREATE VIEW wawpform.fleets AS
 SELECT fleet.fleet,
    ((fleet.head ->> 'serial'::text))::numeric AS serial,
    (fleet.head ->> 'lineage'::text) AS lineage,
    (fleet.head ->> 'api'::text) AS api,
        CASE
            WHEN (fleet.expires > clock_timestamp()) THEN (fleet.holder ->> 'Who'::text)
            ELSE NULL::text
        END AS locked_by,
        CASE
            WHEN (fleet.expires > clock_timestamp()) THEN fleet.expires
            ELSE NULL::timestamp with time zone
        END AS locked_until
   FROM wawpform.fleet;
CREATE TABLE wawpform.instance (
    fleet text NOT NULL,
    name text NOT NULL,
    recorded json NOT NULL
);
CREATE VIEW wawpform.instances AS
 SELECT i.fleet,
    i.name,
    (i.r ->> 'instance_id'::text) AS instance_id,
    (i.r ->> 'session_name'::text) AS session_name,
    (i.r ->> 'server_name'::text) AS server_name,
    ((i.r ->> 'created_at'::text))::timestamp with time zone AS created_at,
    ((i.r ->> 'protect'::text))::boolean AS protect,
    ((i.r ->> 'running'::text))::boolean AS running,
    (i.r ->> 'rate_limit'::text) AS rate_limit,
    (i.r -> 'labels'::text) AS labels,
    COALESCE((i.r -> 'webhooks'::text), '{}'::jsonb) AS webhooks,
    COALESCE((i.r -> 'doubtful'::text), '[]'::jsonb) AS doubtful
   FROM ( SELECT instance.fleet,
            instance.name,
            (replace((instance.recorded)::text, '\u0000'::text, '\ufffd'::text))::jsonb AS r
           FROM wawpform.instance) i;
CREATE TABLE wawpform.journal (
    fleet text NOT NULL,
    journal bigint NOT NULL,
    batch bigint NOT NULL,
    fence bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    line json NOT NULL
);
CREATE TABLE wawpform.pending (
    fleet text NOT NULL,
    name text NOT NULL,
    pending json NOT NULL
);
CREATE VIEW wawpform.pending_calls AS
 SELECT i.fleet,
    i.name,
    (i.p ->> 'call'::text) AS call,
    ((i.p ->> 'since'::text))::timestamp with time zone AS since,
    (i.p ->> 'reason'::text) AS reason
   FROM ( SELECT pending.fleet,
            pending.name,
            (replace((pending.pending)::text, '\u0000'::text, '\ufffd'::text))::jsonb AS p
           FROM wawpform.pending) i;
CREATE VIEW wawpform.records AS
 SELECT j.fleet,
    j.at,
    j.fence,
    j.journal,
    j.batch,
    r.number,
    (r.record ->> 'record'::text) AS record,
    COALESCE((r.record ->> 'name'::text), (r.record ->> 'from'::text)) AS name,
    r.record AS facts,
    (j.journal <> f.journal) AS in_instances
   FROM (wawpform.journal j
     JOIN wawpform.fleet f USING (fleet)),
    LATERAL jsonb_array_elements(((replace((j.line)::text, '\u0000'::text, '\ufffd'::text))::jsonb -> 'records'::text)) WITH ORDINALITY r(record, number);
CREATE TABLE wawpform.version (
    version integer NOT NULL,
    only_one boolean DEFAULT true NOT NULL,
    CONSTRAINT version_only_one_check CHECK (only_one)
);
INSERT INTO wawpform.fleet VALUES ('acme', 2, '32720fae-be23-4ce4-9f6c-e0feff8544ef', '{"ID":"test","Operation":"apply","Info":"","Who":"somebody@somewhere","Version":"0.1.0","Created":"2026-11-22T10:00:00Z","Path":"state/acme.json"}', '2026-11-22 10:00:00+00', 4, '{"format":1,"fleet":"acme","lineage":"0b5e","serial":3,"api":"sandbox","instances":{},"pending":{}}');
INSERT INTO wawpform.instance VALUES ('acme', 'a', '{"instance_id":"ID1","session_name":"wawp-ID1","created_at":"2026-11-22T10:00:00Z","protect":false,"labels":{"team":"sales"},"running":false}');
INSERT INTO wawpform.instance VALUES ('acme', 'b', '{"instance_id":"ID2","session_name":"wawp-ID2","created_at":"2026-11-22T10:00:00Z","protect":false,"labels":{"team":"sales"},"running":false}');
INSERT INTO wawpform.journal VALUES ('acme', 2, 1, 1, '2026-11-22 10:00:00+00', '{"journal":1,"lineage":"0b5e","base":0,"batch":1,"records":[{"record":"bound","name":"a","recorded":{"instance_id":"ID1","session_name":"wawp-ID1","created_at":"2026-11-22T10:00:00Z","protect":false,"labels":{"team":"sales"},"running":false}}],"sum":"06e6fcfa6bc00a4c"}');
INSERT INTO wawpform.journal VALUES ('acme', 2, 2, 1, '2026-11-22 10:00:00+00', '{"journal":1,"lineage":"0b5e","base":0,"batch":2,"records":[{"record":"bound","name":"b","recorded":{"instance_id":"ID2","session_name":"wawp-ID2","created_at":"2026-11-22T10:00:00Z","protect":false,"labels":{"team":"sales"},"running":false}}],"sum":"5917511579b86ca3"}');
INSERT INTO wawpform.journal VALUES ('acme', 2, 3, 1, '2026-11-22 10:00:00+00', '{"journal":1,"lineage":"0b5e","base":0,"batch":3,"records":[{"record":"intent","name":"c","call":"create","at":"2026-11-22T10:00:00Z"}],"sum":"f9ca8eccbbd6e2ad"}');
INSERT INTO wawpform.journal VALUES ('acme', 4, 1, 2, '2026-11-22 10:00:00+00', '{"journal":1,"lineage":"0b5e","base":3,"batch":1,"records":[{"record":"described","name":"a","labels":{"value":"1"},"protect":false}],"sum":"3eb03fa4595d4c44"}');
INSERT INTO wawpform.journal VALUES ('acme', 4, 2, 2, '2026-11-22 10:00:00+00', '{"journal":1,"lineage":"0b5e","base":3,"batch":2,"records":[{"record":"bound","name":"c","recorded":{"instance_id":"ID3","session_name":"wawp-ID3","created_at":"2026-11-22T10:00:00Z","protect":false,"labels":{"team":"sales"},"running":false}}],"sum":"f9673e5875e1c403"}');
INSERT INTO wawpform.pending VALUES ('acme', 'c', '{"call":"create","since":"2026-11-22T10:00:00Z"}');
INSERT INTO wawpform.version VALUES (1, true);
ALTER TABLE ONLY wawpform.fleet
    ADD CONSTRAINT fleet_pkey PRIMARY KEY (fleet);
ALTER TABLE ONLY wawpform.instance
    ADD CONSTRAINT instance_pkey PRIMARY KEY (fleet, name);
ALTER TABLE ONLY wawpform.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (fleet, journal, batch);
ALTER TABLE ONLY wawpform.pending
    ADD CONSTRAINT pending_pkey PRIMARY KEY (fleet, name);
ALTER TABLE ONLY wawpform.version
    ADD CONSTRAINT version_pkey PRIMARY KEY (only_one);

-- add_workshop --
-- Open a workshop.
INSERT INTO workshops (place, held_on, variant, facilitator, issuer_key, opened_utc)
VALUES (%(place)s, %(held_on)s, %(variant)s, %(facilitator)s, %(issuer_key)s, %(now_utc)s)
RETURNING workshop_id;

-- workshop --
-- A workshop by its id.
SELECT workshop_id, place, held_on, variant, facilitator FROM workshops WHERE workshop_id = %s;

-- issuer_key --
-- The closed key of a workshop's facilitator.
SELECT issuer_key FROM workshops WHERE workshop_id = %s;

-- add_kit --
-- Put a meter into a workshop's box.
INSERT INTO kits (meter_id, workshop_id, number, parts_revision)
VALUES (%(meter_id)s, %(workshop_id)s, %(number)s, %(parts_revision)s);

-- kit_of_meter --
-- The kit a meter is.
SELECT meter_id, serial, variant, state, workshop_id, number, nickname, parts_revision
FROM kits JOIN meters USING (meter_id) WHERE meter_id = %s;

-- kit_in_workshop --
-- A kit of a workshop by its serial.
SELECT meter_id, serial, variant, state, workshop_id, number, nickname, parts_revision
FROM kits JOIN meters USING (meter_id) WHERE workshop_id = %(workshop_id)s AND serial = %(serial)s;

-- kits_of_workshop --
-- The kits of a workshop in the order of their boxes.
SELECT meter_id, serial, variant, state, workshop_id, number, nickname, parts_revision
FROM kits JOIN meters USING (meter_id) WHERE workshop_id = %s ORDER BY number;

-- name_maker --
-- Keep what the maker wants to be called.
UPDATE kits SET nickname = %(nickname)s WHERE meter_id = %(meter_id)s;

-- tick --
-- A step is done.
INSERT INTO kit_steps (meter_id, step, ticked_utc) VALUES (%(meter_id)s, %(step)s, %(now_utc)s)
ON CONFLICT DO NOTHING;

-- untick --
-- A step is to be done again.
DELETE FROM kit_steps WHERE meter_id = %(meter_id)s AND step = %(step)s;

-- ticks --
-- The steps done on some kits.
SELECT meter_id, step FROM kit_steps WHERE meter_id = ANY(%s);

-- stage_now --
-- The stage of a meter, held until the end of the transaction.
SELECT state FROM meters WHERE meter_id = %s FOR NO KEY UPDATE;

-- set_stage --
-- Put a meter at a stage.
UPDATE meters SET state = %(stage)s WHERE meter_id = %(meter_id)s;

-- was_claimed --
-- Whether a claim code of this meter was used.
SELECT EXISTS (SELECT FROM claim_codes WHERE meter_id = %s AND used_utc IS NOT NULL);

-- heard_since --
-- Whether a reading of this meter came after its last claim.
SELECT EXISTS (
    SELECT FROM readings WHERE meter_id = %(meter_id)s AND end_utc > (
        SELECT max(used_utc) FROM claim_codes WHERE meter_id = %(meter_id)s)
);

-- add_mount --
-- Give a meter a place among the topics, in the language it speaks.
INSERT INTO mounts (topic_prefix, meter_id, language, settings)
VALUES (%(topic_prefix)s, %(meter_id)s, %(language)s, %(settings)s);

-- drop_mount --
-- Take a place away.
DELETE FROM mounts WHERE topic_prefix = %s;

-- mounts --
-- Every place, with the meter it belongs to.
SELECT o.topic_prefix, o.language, o.settings,
       m.meter_id, m.serial, m.variant, m.state, m.p_max_w, m.backlog_days
FROM mounts o JOIN meters m USING (meter_id)
WHERE m.state <> 'retired'
ORDER BY o.topic_prefix;

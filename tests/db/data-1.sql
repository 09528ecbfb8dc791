INSERT INTO mascot (id, team, project_id, name, prompt, reference_ids, read_at, created_at)
VALUES ('m1', 'T1', 'p1', 'Felix', 'A fox.', '["a1"]', '2026-01-02 03:04:05', '2026-01-02 03:04:05');
INSERT INTO post (id, team, channel, ts, thread_ts, "user", from_outside, among_strangers, reply_ts, wants_new, held_back, caught_by, created_at)
VALUES (7, 'T1', 'C1', '1.0', '1.0', 'UANA', false, true, '2.0', false, false, 'mention', '2026-01-02 03:04:05');
INSERT INTO intake (id, post_id, image_key, file_id, name, source, alt, showable, state, asset_id, sha256, unended)
VALUES (8, 7, 'F1', 'F1', 'füchse.png', 'hosted', 'Two foxes.', true, 'added', 'a1', 'abc', 0);
INSERT INTO reference (id, mascot_id, asset_id, intake_id, name, alt, file_id, showable, sha256, added_by, created_at)
VALUES (9, 'm1', 'a1', 8, 'füchse.png', 'Two foxes.', 'F1', true, 'abc', 'UANA', '2026-01-02 03:04:05');
INSERT INTO thread (id, team, channel, thread_ts, mascot_id, card_ts, card_post_id, marked)
VALUES (10, 'T1', 'C1', '1.0', 'm1', '2.0', 7, true);
INSERT INTO create_intent (post_id, project_id, asset_ids, links, "before", created_at)
VALUES (7, 'p1', '["a1"]', '[]', '[]', '2026-01-02 03:04:05');
INSERT INTO channel (team, channel, mode, mascot_id, takes_outsiders, may_add, review_approvals, review_poster_may, review_who, review_people, guests_change, setters, introduced_at, invited_by)
VALUES ('T1', 'C1', 'ask', 'm1', false, 'members', 2, false, 'people', '["UBEN"]', false, '["UANA"]', '2026-01-02 03:04:05', 'UANA');
INSERT INTO setting_change (id, team, channel, "user", at, setting, "before", "after")
VALUES (13, 'T1', 'C1', 'UANA', '2026-01-02 03:04:05', 'mode', '"auto"', '"ask"');
INSERT INTO greeted (team, "user", greeted_at) VALUES ('T1', 'UANA', '2026-01-02 03:04:05');
INSERT INTO person (team, "user", ignored) VALUES ('T1', 'UBEN', true);
INSERT INTO offer (id, team, channel, thread_ts, "user", images, response_url, created_at)
VALUES (11, 'T1', 'C1', '1.0', 'UANA', '[{"key": "F2"}]', 'https://example.com/answer', '2026-01-02 03:04:05');
INSERT INTO edition (mascot_id, digest, prompt, parts, created_at) VALUES ('m1', 'e1', 'A fox.', '[]', '2026-01-02 03:04:05');
INSERT INTO vote (id, team, mascot_id, "key", did, at, "user", edition, words, reviewers, needed, channel, thread_ts, ts)
VALUES (12, 'T1', 'm1', 'k1', 'approved', '2026-01-02 03:04:05', 'UBEN', 'e1', 'Lovely!', '[]', 2, 'C1', '1.0', '3.0');
INSERT INTO review (mascot_id, team, state, waiting, asked_by, due, updated_at)
VALUES ('m1', 'T1', 'in review', '["UCHRIS"]', '["UANA"]', '2026-02-02 03:04:05', '2026-01-02 03:04:05');
INSERT INTO interaction ("key", until) VALUES ('k1', '2026-01-02 03:04:05');
INSERT INTO rate_limit ("key", timestamps, closed_until) VALUES ('k1', '[1.5, 2.5]', 0);
INSERT INTO installation (place, sealed, installed_at) VALUES ('T1', 'encrypted', '2026-01-02 03:04:05');
INSERT INTO installing (state, until) VALUES ('s1', '2026-01-02 03:04:05');
INSERT INTO workspace (team, masko_key, project_id, connected_by, connected_at)
VALUES ('T1', 'encrypted', 'p1', 'UANA', '2026-01-02 03:04:05');

BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE channel (
	team TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	mode VARCHAR(20) NOT NULL, 
	mascot_id TEXT, 
	takes_outsiders BOOLEAN NOT NULL, 
	may_add VARCHAR(20) NOT NULL, 
	group_id TEXT, 
	review_approvals INTEGER NOT NULL, 
	review_poster_may BOOLEAN NOT NULL, 
	review_who VARCHAR(20) NOT NULL, 
	review_people JSON NOT NULL, 
	review_group_id TEXT, 
	guests_change BOOLEAN NOT NULL, 
	setters JSON NOT NULL, 
	introduced_at DATETIME, 
	invited_by TEXT, 
	PRIMARY KEY (team, channel), 
	FOREIGN KEY(mascot_id) REFERENCES mascot (id)
);
CREATE TABLE create_intent (
	post_id INTEGER NOT NULL, 
	project_id TEXT NOT NULL, 
	asset_ids JSON NOT NULL, 
	links JSON NOT NULL, 
	"before" JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	asked_at DATETIME, 
	PRIMARY KEY (post_id), 
	FOREIGN KEY(post_id) REFERENCES post (id)
);
CREATE TABLE edition (
	mascot_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	prompt TEXT, 
	parts JSON NOT NULL, 
	sheet TEXT, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (mascot_id, digest)
);
CREATE TABLE greeted (
	team TEXT NOT NULL, 
	user TEXT NOT NULL, 
	greeted_at DATETIME NOT NULL, 
	PRIMARY KEY (team, user)
);
CREATE TABLE installation (
	place TEXT NOT NULL, 
	sealed TEXT NOT NULL, 
	installed_at DATETIME NOT NULL, 
	PRIMARY KEY (place)
);
CREATE TABLE installing (
	state TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	PRIMARY KEY (state)
);
CREATE TABLE intake (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	post_id INTEGER NOT NULL, 
	image_key TEXT NOT NULL, 
	file_id TEXT, 
	name TEXT NOT NULL, 
	source TEXT NOT NULL, 
	url TEXT, 
	alt TEXT, 
	showable BOOLEAN NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	detail TEXT, 
	asset_id TEXT, 
	asked_at DATETIME, 
	taken_at DATETIME, 
	sha256 TEXT, 
	facts TEXT, 
	unended INTEGER NOT NULL, 
	source_gone_at DATETIME, 
	FOREIGN KEY(post_id) REFERENCES post (id), 
	UNIQUE (post_id, image_key)
);
CREATE TABLE interaction (
	"key" TEXT NOT NULL, 
	until DATETIME NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE job (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	lock TEXT NOT NULL, 
	"key" TEXT, 
	payload JSON NOT NULL, 
	run_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	faults INTEGER NOT NULL, 
	rounds INTEGER NOT NULL, 
	begun BOOLEAN NOT NULL, 
	dead_at DATETIME, 
	created_at DATETIME NOT NULL, 
	UNIQUE ("key")
);
CREATE TABLE mascot (
	id TEXT NOT NULL, 
	team TEXT NOT NULL, 
	project_id TEXT, 
	name TEXT, 
	prompt TEXT, 
	reference_ids JSON NOT NULL, 
	describe_until DATETIME, 
	gone_at DATETIME, 
	read_at DATETIME, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE offer (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	thread_ts TEXT NOT NULL, 
	user TEXT NOT NULL, 
	images JSON NOT NULL, 
	response_url TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	team TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE person (
	team TEXT NOT NULL, 
	user TEXT NOT NULL, 
	ignored BOOLEAN NOT NULL, 
	PRIMARY KEY (team, user)
);
CREATE TABLE post (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	channel TEXT NOT NULL, 
	ts TEXT NOT NULL, 
	thread_ts TEXT NOT NULL, 
	user TEXT NOT NULL, 
	from_outside BOOLEAN NOT NULL, 
	among_strangers BOOLEAN NOT NULL, 
	reply_ts TEXT, 
	notice TEXT, 
	promised_for DATETIME, 
	wants_new BOOLEAN NOT NULL, 
	wants_mascot TEXT, 
	wants_name TEXT, 
	held_back BOOLEAN NOT NULL, 
	caught_by VARCHAR(20), 
	created_at DATETIME NOT NULL, 
	team TEXT NOT NULL, 
	UNIQUE (team, channel, ts)
);
CREATE TABLE rate_limit (
	"key" TEXT NOT NULL, 
	timestamps JSON NOT NULL, 
	closed_until DOUBLE NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE reference (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mascot_id TEXT NOT NULL, 
	asset_id TEXT NOT NULL, 
	intake_id INTEGER, 
	name TEXT NOT NULL, 
	alt TEXT, 
	file_id TEXT, 
	showable BOOLEAN NOT NULL, 
	sha256 TEXT, 
	facts TEXT, 
	added_by TEXT NOT NULL, 
	source_gone_at DATETIME, 
	question_ts TEXT, 
	created_at DATETIME NOT NULL, 
	FOREIGN KEY(intake_id) REFERENCES intake (id), 
	FOREIGN KEY(mascot_id) REFERENCES mascot (id), 
	UNIQUE (mascot_id, asset_id)
);
CREATE TABLE review (
	mascot_id TEXT NOT NULL, 
	team TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	waiting JSON NOT NULL, 
	asked_by JSON NOT NULL, 
	due DATETIME, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (mascot_id)
);
CREATE TABLE setting_change (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	user TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	setting TEXT NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	team TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE thread (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	channel TEXT NOT NULL, 
	thread_ts TEXT NOT NULL, 
	mascot_id TEXT, 
	card_ts TEXT, 
	card_post_id INTEGER, 
	marked BOOLEAN NOT NULL, 
	channel_gone_at DATETIME, 
	team TEXT NOT NULL, 
	FOREIGN KEY(card_post_id) REFERENCES post (id), 
	FOREIGN KEY(mascot_id) REFERENCES mascot (id), 
	UNIQUE (team, channel, thread_ts)
);
CREATE TABLE vote (
	id INTEGER NOT NULL, 
	team TEXT NOT NULL, 
	mascot_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	did VARCHAR(20) NOT NULL, 
	at DATETIME NOT NULL, 
	user TEXT NOT NULL, 
	edition TEXT NOT NULL, 
	words TEXT, 
	about TEXT, 
	answers INTEGER, 
	reviewers JSON NOT NULL, 
	due DATETIME, 
	needed INTEGER, 
	channel TEXT NOT NULL, 
	thread_ts TEXT NOT NULL, 
	ts TEXT NOT NULL, 
	link TEXT, 
	told_ts TEXT, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
CREATE TABLE workspace (
	team TEXT NOT NULL, 
	enterprise TEXT, 
	masko_key TEXT, 
	project_id TEXT, 
	connected_by TEXT, 
	connected_at DATETIME, 
	PRIMARY KEY (team), 
	UNIQUE (project_id)
);
CREATE INDEX ix_job_lock ON job (lock);
CREATE INDEX ix_mascot_team ON mascot (team);
CREATE INDEX ix_offer_created_at ON offer (created_at);
CREATE INDEX ix_post_user ON post (user);
CREATE INDEX ix_review_team ON review (team);
CREATE INDEX ix_setting_change_channel ON setting_change (channel);
CREATE INDEX ix_vote_mascot_id ON vote (mascot_id);
CREATE INDEX ix_vote_team ON vote (team);
CREATE INDEX ix_vote_user ON vote (user);
CREATE INDEX ix_workspace_enterprise ON workspace (enterprise);
CREATE INDEX ix_intake_post_id ON intake (post_id);
CREATE INDEX ix_intake_taken_at ON intake (taken_at);
CREATE INDEX ix_thread_card_post_id ON thread (card_post_id);
CREATE INDEX ix_thread_mascot_id ON thread (mascot_id);
CREATE INDEX ix_reference_added_by ON reference (added_by);
CREATE INDEX ix_reference_intake_id ON reference (intake_id);
CREATE INDEX ix_reference_mascot_id ON reference (mascot_id);
DELETE FROM "sqlite_sequence";
COMMIT;

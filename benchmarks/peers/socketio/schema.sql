-- What the peer on socket.io keeps.
CREATE TABLE person (
    id bigint PRIMARY KEY,
    username text NOT NULL UNIQUE
);
CREATE TABLE session (
    token text PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person
);
CREATE TABLE room (
    id uuid PRIMARY KEY
);
CREATE TABLE membership (
    room_id uuid REFERENCES room,
    person_id bigint REFERENCES person,
    PRIMARY KEY (room_id, person_id)
);
CREATE TABLE message (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES room,
    sender_id bigint NOT NULL REFERENCES person,
    content text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX ON message (room_id, sent_at DESC);
CREATE INDEX ON message (sender_id);

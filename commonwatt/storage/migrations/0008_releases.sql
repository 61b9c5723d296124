-- What landlords were told, of whom, and what was kept from them; and what landlords did to a building.

-- main_meter_known: the landlord reads the building's own meter, so its sum counts as told.
ALTER TABLE buildings ADD COLUMN main_meter_known boolean NOT NULL DEFAULT false;

-- One cohort of homes and the months told of it. Only the releasing program reads these two tables.
CREATE TABLE release_cells (
    cell_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    building_id  integer NOT NULL REFERENCES buildings,
    first_month  date NOT NULL CHECK (extract(day FROM first_month) = 1),
    last_month   date NOT NULL CHECK (extract(day FROM last_month) = 1),
    released_utc timestamptz NOT NULL,
    CHECK (last_month >= first_month),
    UNIQUE (building_id, first_month)
);

-- No foreign key to the household: its number stays when it is erased, for later figures to be
-- compared with, and by then it is nobody's.
CREATE TABLE release_members (
    cell_id      integer NOT NULL REFERENCES release_cells,
    occupancy_id integer NOT NULL,
    PRIMARY KEY (cell_id, occupancy_id)
);
REVOKE ALL ON release_cells, release_members FROM PUBLIC;

-- Months that are not told, decided once like those that are.
CREATE TABLE withheld_months (
    building_id integer NOT NULL REFERENCES buildings,
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    reason      text NOT NULL CHECK (reason ~ '^[a-z_]{1,40}$'),
    decided_utc timestamptz NOT NULL,
    PRIMARY KEY (building_id, month)
);

CREATE TABLE actions (
    action_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    building_id integer NOT NULL REFERENCES buildings,
    kind        text NOT NULL CHECK (kind IN ('works', 'display', 'advice', 'other')),
    start_day   date NOT NULL CHECK (start_day BETWEEN '1970-01-01' AND '2199-12-31'),
    end_day     date CHECK (end_day >= start_day AND end_day <= '2199-12-31'),
    note        text NOT NULL CHECK (char_length(note) <= 200)
);
CREATE INDEX actions_by_building ON actions (building_id, start_day);

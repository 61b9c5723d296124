-- The second wall before what landlords are told and bring: months that are withheld, and actions.
ALTER TABLE withheld_months ENABLE ROW LEVEL SECURITY;
ALTER TABLE actions ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON withheld_months FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web ON actions FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web_actions ON actions FOR INSERT TO commonwatt_web
    WITH CHECK (building_id IN (SELECT app_managed_buildings()));
GRANT SELECT ON withheld_months TO commonwatt_web;
GRANT SELECT, INSERT ON actions TO commonwatt_web;

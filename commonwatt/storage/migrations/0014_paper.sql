-- One more purpose: an association prints a home's sheet of the month and puts it into its letter box.

ALTER TABLE consent_events
    DROP CONSTRAINT consent_events_purpose_check,
    DROP CONSTRAINT consent_events_recipient_check,
    ADD CONSTRAINT consent_events_purpose_check
        CHECK (purpose IN ('own_view', 'building_figures', 'coach', 'open_data', 'paper')),
    ADD CONSTRAINT consent_events_recipient_check
        CHECK (recipient IN ('household', 'landlord', 'coach', 'public', 'association'));

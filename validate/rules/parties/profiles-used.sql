-- id: parties.profiles-used
-- title: every pricing profile is somebody's
-- severity: warning
-- proves: In a business with whales and regulars, each pricing profile that was not deleted belongs to a client.
-- why: A profile that nobody has is a price list that was forgotten.
-- tables: pricing_profiles, clients
-- scenario: parties.whales, parties.regulars
-- optional: pricing_profiles.deleted_at, clients.deleted_at
-- enough: parties.whales 5, parties.regulars 20
-- fault: UPDATE stored.clients SET pricing_profile_id = NULL WHERE pricing_profile_id = 1
SELECT p.id, 1 AS expected, 0 AS actual FROM pricing_profiles p
ANTI JOIN (SELECT pricing_profile_id FROM clients WHERE deleted_at IS NULL) c ON c.pricing_profile_id = p.id
WHERE p.deleted_at IS NULL AND promised('parties.whales') >= 5 AND promised('parties.regulars') >= 20

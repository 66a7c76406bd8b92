-- id: calendar.rooms-once
-- title: no room is taken twice at the same time
-- severity: error
-- proves: Bookings of one room on one day that were not cancelled do not overlap.
-- why: Two groups would stand before the same door.
-- tables: room_bookings
-- fault: UPDATE stored.room_bookings SET room_id = 1, booking_date = as_of_day(), start_time = '10:00:00', end_time = '11:00:00', status = 'confirmed'
SELECT a.id, b.id AS other, a.room_id, a.booking_date, a.start_time, a.end_time
FROM room_bookings a JOIN room_bookings b
  ON b.room_id = a.room_id AND b.booking_date = a.booking_date AND b.id > a.id
WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
  AND a.start_time < b.end_time AND b.start_time < a.end_time

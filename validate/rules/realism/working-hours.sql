-- id: realism.working-hours
-- title: nobody orders, confirms, packs or ships at night
-- severity: warning, error for full
-- proves: Orders are placed, confirmed, packed, shipped and delivered between seven and nine o'clock in the evening.
-- why: Orders at three in the morning are the first thing that gives made-up data away.
-- tables: order_book
-- fault: UPDATE stored.orders SET created_at = date_trunc('day', created_at) + INTERVAL 3 HOUR WHERE id = (SELECT max(id) FROM orders)
SELECT id, 'from 7 to 21' AS expected, what, moment AS actual FROM (
  SELECT id, 'ordered' AS what, created_at AS moment FROM order_book
  UNION ALL SELECT id, 'confirmed', confirmed_at FROM order_book
  UNION ALL SELECT id, 'packed', packed_at FROM order_book
  UNION ALL SELECT id, 'shipped', shipped_at FROM order_book
) WHERE hour(moment) NOT BETWEEN 7 AND 20

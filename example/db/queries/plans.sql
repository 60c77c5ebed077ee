-- ListPlans returns the price list, cheapest first.
-- name: ListPlans :many
SELECT * FROM plans ORDER BY price_cents, id;

-- The pool's membership epoch (table pool_epoch).

-- name: fence
-- Goes before the first write of an owner in each transaction.
SELECT ply_fence($1)

-- name: load
SELECT epoch FROM pool_epoch

-- name: raise
SELECT ply_epoch_raise()

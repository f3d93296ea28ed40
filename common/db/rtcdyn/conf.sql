-- Running conferences (tables conf_dialog, conf_mcu).

-- name: dialogs
SELECT conf, uri, endpoint, dialog, notify_version FROM conf_dialog
WHERE conf = ANY($1::bigint[])
ORDER BY conf, uri, endpoint

-- name: mcus
SELECT conf, type, mcu_url, mcu_instance, mcu_version FROM conf_mcu
WHERE conf = ANY($1::bigint[])
ORDER BY conf, type

-- name: dialog_put
INSERT INTO conf_dialog (conf, uri, endpoint, dialog, notify_version)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (conf, uri, endpoint) DO UPDATE SET dialog = excluded.dialog,
	notify_version = excluded.notify_version

-- name: dialog_delete
DELETE FROM conf_dialog WHERE conf = $1 AND uri = $2 AND endpoint = $3

-- name: mcu_put
INSERT INTO conf_mcu (conf, type, mcu_url, mcu_instance, mcu_version)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (conf, type) DO UPDATE SET mcu_url = excluded.mcu_url,
	mcu_instance = excluded.mcu_instance, mcu_version = excluded.mcu_version

-- name: mcu_delete
DELETE FROM conf_mcu WHERE conf = $1 AND type = $2

-- name: clear_dialogs
DELETE FROM conf_dialog WHERE conf = $1

-- name: clear_mcus
DELETE FROM conf_mcu WHERE conf = $1

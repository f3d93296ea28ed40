-- A peer of the workload `room`: group chat and nothing more. prosody.sh replaces the @WORDS@.
data_path = "@DATA@"
pidfile = "@DATA@/prosody.pid"
run_as_root = true
admins = {}
modules_enabled = { "saslauth", "disco", "tls" }
modules_disabled = { "s2s", "limits", "offline" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
c2s_ports = { @PORT@ }
c2s_direct_tls_ports = { @TLS_PORT@ }
c2s_interfaces = { "127.0.0.1" }
c2s_direct_tls_interfaces = { "127.0.0.1" }
s2s_ports = {}
http_ports = {}
https_ports = {}
network_backend = "epoll"
log = { warn = "@DATA@/log" }
ssl = { key = "@KEY@", certificate = "@CERTIFICATE@" }
VirtualHost "bench.local"
  authentication = "anonymous"
  allow_anonymous_s2s = false
Component "conference.bench.local" "muc"
  muc_room_locking = false
  muc_room_default_history_length = 0
  max_history_messages = 0
  restrict_room_creation = false

ABOUT="the same, the binding durable in PostgreSQL before the 200; the peer's write-through"
GOAL=">= 4"
FIGURE=ops_per_cpu_s_all
USERS=5000
LOAD="-m register -n $USERS -c 64 -w 64"
KAMAILIO_LOCATION=1
PARLEY_SETTINGS="[frontend]
udp_auth = flow
registration_write = durable"

ABOUT="REGISTER, 401, REGISTER with digest, 200; users and bindings in PostgreSQL, written back"
GOAL=">= 2"
FIGURE=ops_per_cpu_s_all
USERS=5000
LOAD="-m register -n $USERS -c 64 -w 64"
PARLEY_SETTINGS="[frontend]
udp_auth = flow
registration_write = behind"

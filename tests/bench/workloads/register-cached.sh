ABOUT="REGISTER as before, but the peer has the one password of all users in its configuration and asks the database nothing"
USERS=5000
FIGURE=ops_per_cpu_s_all
LOAD="-m register -n $USERS -c 64 -w 64"
KAMAILIO_DEFINES=
PARLEY_SETTINGS="[frontend]
udp_auth = flow
registration_write = behind"

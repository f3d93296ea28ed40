ABOUT="PUBLISH of a presentity, NOTIFY to each of 1000 watchers; an operation is one NOTIFY answered"
GOAL=">= 3"
USERS=2002
LOAD="-m presence -n $USERS -F 1000 -c 64 -w 2"
FRESH=yes
KAMAILIO_DEFINES="PASSWORDS_IN_DATABASE PRESENCE"
PARLEY_SETTINGS="[frontend]
udp_auth = flow"

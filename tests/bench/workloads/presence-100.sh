ABOUT="PUBLISH of a presentity, NOTIFY to each of 100 watchers; an operation is one NOTIFY answered"
GOAL=">= 3"
USERS=808
LOAD="-m presence -n $USERS -F 100 -c 64 -w 8"
FRESH=yes
KAMAILIO_DEFINES="PASSWORDS_IN_DATABASE PRESENCE"
PARLEY_SETTINGS="[frontend]
udp_auth = flow"

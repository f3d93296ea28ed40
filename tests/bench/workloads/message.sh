ABOUT="MESSAGE of 64 octets between registered users, answered by the far end"
GOAL=">= 2"
LOAD="-m message -n $USERS -c 64 -w 64"
PARLEY_SETTINGS="[frontend]
udp_auth = flow"

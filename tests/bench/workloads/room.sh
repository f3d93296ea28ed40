ABOUT="a room of 100 members, messages of 64 octets, 8 under way; an operation is one copy that arrived"
GOAL=">= 1 ejabberd, >= 2 prosody"
FIGURE=ops_per_cpu_s_all
SERVERS="ejabberd prosody parley"
USERS=100
OVER="tls tcp"
LOAD="-m room -c 100"
ROOM="-M 100 -r 1 -w 8"
HALF=yes
PARLEY_SETTINGS="[frontend]
udp_auth = flow
[mcu-im]
sender_rate = 100000
sender_burst = 100000"

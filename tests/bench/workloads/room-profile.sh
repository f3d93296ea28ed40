ABOUT="a room of 100 members under perf: where the time of a copy goes"
FIGURE=ops_per_cpu_s_all
SERVERS=parley
USERS=100
OVER=tls
LOAD="-m room -c 100"
ROOM="-M 100 -r 1 -w 8"
PROFILE=yes
PARLEY_SETTINGS="[frontend]
udp_auth = flow
[mcu-im]
sender_rate = 100000
sender_burst = 100000"

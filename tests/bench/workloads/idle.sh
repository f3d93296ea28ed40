ABOUT="memory of 5,000 TLS connections with one signed-in user each"
GOAL="<= 24 KiB"
FIGURE=kib_each
USERS=5000
OVER=tls
LOAD="-m idle -n $USERS -c $USERS -w 64"
FRESH=yes

# The command greenroom for root's shell, with the settings and the data directory of the service:
#
#   install -m 644 deploy/greenroom.sh /etc/profile.d/
#
# Without it every command needs --dir: the binary alone looks for its data beside itself, and finds an empty studio.
greenroom() (
	set -a
	if [ -f /etc/greenroom/env ]; then . /etc/greenroom/env; fi
	exec /usr/local/bin/greenroom "$@" --dir /var/lib/greenroom
)

# Starts, stops or starts anew one service as root: `sh -c TEXT service WORD UNIT NAME`. Its unit, or that of what was
# deployed under its name.
word=$1 unit=$2 name=$3
if [ -z "$unit" ]; then
    file=/srv/clawtui/$name/current.json
    [ -r "$file" ] || { echo "no service $name: no [[service]] of the fleet file, and $file is not there"; exit 1; }
    unit=$(python3 -I -S -c 'import json, sys; print(json.load(open(sys.argv[1]))["instances"][0]["unit"])' "$file") || exit 1
fi
systemctl "$word" -- "$unit" || exit 1
wanted=active
[ "$word" = stop ] && wanted=inactive
count=0
# a service that ends at once is active for a moment
while sleep 0.5; do
    state=$(systemctl is-active -- "$unit")
    case $state in
    "$wanted") count=$((count + 1)); [ "$count" -ge 3 ] && break ;;
    activating | deactivating | reloading) count=0 ;;
    *) echo "$unit is $state"; exit 1 ;;
    esac
done
echo "$unit is $state"

# Answers one request: the answer that requests.tsv has for exactly what was asked, else 404.
set -f
IFS= read -r line
while IFS= read -r rest && [ "${#rest}" -gt 1 ]; do :; done
set -- $line
tab=$(printf '\t')
while IFS=$tab read -r target status type file; do
  [ "$1 $target" = "GET $2" ] || continue
  printf 'HTTP/1.1 %s Answer\r\nContent-Type: %s\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' \
    "$status" "$type" "$(wc -c <"/answers/$file")"
  exec cat "/answers/$file"
done </answers/requests.tsv
printf 'HTTP/1.1 404 Unknown\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

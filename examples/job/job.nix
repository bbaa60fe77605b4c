# A job in two steps: an init container writes into a volume, the container reads it.
#
# No volume is at /nix here: containers that name store paths get exactly those. The script is a store path of its own.
let
  busybox = import ../busybox.nix;

  count = builtins.toFile "count.sh" ''
    while read -r word; do
      n=$((n + 1))
      echo "$GREETING $word"
    done < /data/words
    echo "$n words"
  '';
in
{
  apiVersion = "batch/v1";
  kind = "Job";
  metadata.name = "count";
  spec.template.spec = {
    restartPolicy = "OnFailure";
    initContainers = [
      {
        name = "write";
        image = "berth/scratch:1";
        command = [ "${busybox}/busybox" "sh" "-c" "printf 'one\\ntwo\\nthree\\n' > /data/words" ];
        volumeMounts = [ { name = "data"; mountPath = "/data"; } ];
      }
    ];
    containers = [
      {
        name = "count";
        image = "berth/scratch:1";
        command = [ "${busybox}/busybox" "sh" count ];
        env = [ { name = "GREETING"; value = "word:"; } ];
        volumeMounts = [ { name = "data"; mountPath = "/data"; readOnly = true; } ];
      }
    ];
    volumes = [ { name = "data"; emptyDir = { }; } ];
  };
}

# The node of testbed/cluster, which reads this file: its namespaces, containerd, kubelet and images.

run_kube-scheduler() {
  kubernetes kube-scheduler --kubeconfig "$state/scheduler.conf" --authentication-kubeconfig "$state/scheduler.conf" \
    --authorization-kubeconfig "$state/scheduler.conf" --bind-address "$CLUSTER_ADDRESS" --port 0 --leader-elect=false
}
containerd=/run/containerd/containerd.sock
ctr() { "$CLUSTER_ROOT/usr/bin/ctr" --address "$containerd" --namespace k8s.io "$@"; }
run_containerd() {
  start containerd env PATH="$CLUSTER_ROOT/usr/bin:$PATH" "$CLUSTER_ROOT/usr/bin/containerd" --config "$state/containerd.toml"
  await 60 containerd "answer of containerd" ctr version
}
run_kubelet() {
  kubernetes kubelet --config "$state/kubelet.yaml" --kubeconfig "$state/kubelet.conf" --hostname-override localhost \
    --node-ip "$gateway" --container-runtime remote --container-runtime-endpoint "unix://$containerd" \
    --image-service-endpoint "unix://$containerd" --pod-infra-container-image localhost/pause:1
  await 120 kubelet "kubelet that is healthy" kubectl get --raw /api/v1/nodes/localhost/proxy/healthz
  await 120 kubelet "node that is ready" node_ready
}
node_ready() {
  [ "$(kubectl get node localhost -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

# The first process of the namespaces: its end ends all others. A shell, as it must reap what others leave behind.
namespaces() {
  pid_of init >/dev/null && return
  setsid unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
    bash -c 'while :; do sleep 3600; done' </dev/null >>"$state/log/init.log" 2>&1 9>&- &
  local outer=$! pid='' i
  for ((i = 0; i < 100; i++)); do
    sleep 0.05
    read -r pid <"/proc/$outer/task/$outer/children" 2>/dev/null || true
    [ "$(cat "/proc/${pid:-none}/comm" 2>/dev/null)" != bash ] || break
  done
  [ $i -lt 100 ] || die "no namespaces could be made: see $state/log/init.log"
  echo "$pid $(start_time "$pid")" >"$state/run/init.pid"
}
within() { # COMMAND...: in the namespaces
  local pid
  pid=$(pid_of init) || die "the cluster in $state does not run"
  CLUSTER_STATE=$state CLUSTER_INSIDE=1 exec nsenter --target "$pid" --mount --net --pid --wd="$PWD" -- "$@"
}
file_systems() {
  local dir name value
  [ ! -e /run/testbed ] || return 0
  mkdir -p "$state"/var/{lib/kubelet,log}
  mount --bind "$state/var/lib" /var/lib
  mount --bind "$state/var/log" /var/log
  mount -t tmpfs -o mode=755 tmpfs /run
  # All of them are shared, as where systemd mounts them, and none with another: mounts reach containers, and containers' the node.
  mount --make-rshared /
  # What kubelet would set for the whole machine, it finds set.
  mkdir -p "$state/sysctl"
  while read -r name value; do
    echo "$value" >"$state/sysctl/${name##*/}"
    [ ! -e "/proc/sys/$name" ] || mount --bind "$state/sysctl/${name##*/}" "/proc/sys/$name"
  done <<'LIST'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
LIST
  for dir in /sys/fs/cgroup/*/; do [ ! -e "$dir/cgroup.procs" ] || mkdir -p "$dir/$cgroup"; done
  # kubelet 1.20 reads the CPUs of a cpuset at once, and a new one has none
  for dir in cpuset.cpus cpuset.mems; do cat "/sys/fs/cgroup/cpuset/$dir" >"/sys/fs/cgroup/cpuset/$cgroup/$dir"; done
  ip link set lo up
  ip link add pods type bridge
  ip addr add "$gateway/24" dev pods
  ip addr add "$CLUSTER_ADDRESS/32" dev pods
  ip link set pods up
  touch /run/testbed
}
node_files() {
  local runc=$state/runc
  mkdir -p "$state"/cni
  # Debian 13's runc wants a newer C library than Debian 12's, and starts itself again: it gets Debian 13's loader.
  if [ ! -x "$runc" ]; then
    cp "$CLUSTER_ROOT/usr/sbin/runc" "$runc.new"
    "$runc.new" --version >/dev/null 2>&1 || patchelf --set-interpreter "$(echo "$CLUSTER_ROOT"/usr/lib64/ld-linux-*.so.*)" \
      --set-rpath "$(dirname "$(echo "$CLUSTER_ROOT"/usr/lib/*-linux-gnu/libc.so.6)")" "$runc.new"
    "$runc.new" --version >/dev/null || die "runc of $CLUSTER_ROOT does not run here"
    mv "$runc.new" "$runc"
  fi
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "$state/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "$containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  enable_selinux = false
  # Where CAP_SYS_RESOURCE is missing nobody can lower an oom_score_adj, as kubelet wants.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "$runc"
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CLUSTER_ROOT/usr/lib/cni"
    conf_dir = "$state/cni"
[plugins."io.containerd.nri.v1.nri"]
  disable = false
  disable_connections = false
  socket_path = "/var/run/nri/nri.sock"
  plugin_path = "$state/nri/plugins"
  plugin_config_path = "$state/nri/conf.d"
TOML
  cat >"$state/cni/10-pods.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods", "ipMasq": false, "ipam": {
  "type": "host-local", "ranges": [[{"subnet": "198.18.1.0/24", "rangeStart": "198.18.1.10", "gateway": "$gateway"}]],
  "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
  : >"$state/resolv.conf"
  # Nothing could be pulled again: no image is deleted, and nothing is evicted because the machine's disk is full.
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
readOnlyPort: 0
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
makeIPTablesUtilChains: false
hairpinMode: none
failSwapOn: false
resolvConf: $state/resolv.conf
clusterDNS: [198.18.0.10]  # nobody answers there
clusterDomain: cluster.local
volumePluginDir: /var/lib/kubelet/volume-plugins
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 100Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
nodeStatusUpdateFrequency: 1s
nodeStatusReportFrequency: 1m
syncFrequency: 10s
YAML
}
image() { # NAME DIR [COMMAND...]: a container image of one layer, as an archive of docker's form
  local name=$1 dir=$2 part command='' word architecture=amd64
  shift 2
  [ "$(uname -m)" != aarch64 ] || architecture=arm64
  for word; do command+=${command:+,}\"$word\"; done
  part=$(mktemp -d)
  tar -C "$dir" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1 -cf "$part/layer.tar" .
  printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/nix/var/result/bin:/usr/bin:/bin"],"Cmd":[%s]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$architecture" "$command" "$(sha256sum <"$part/layer.tar" | cut -d ' ' -f 1)" >"$part/config.json"
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" >"$part/manifest.json"
  tar -C "$part" -cf "$part/image.tar" manifest.json config.json layer.tar
  ctr images import "$part/image.tar" >>"$state/log/images.log" 2>&1 || die "containerd takes no image $name: see $state/log/images.log"
  rm -rf "$part"
}
images() {
  local dir
  [ ! -e "$state/run/images" ] || return 0
  dir=$(mktemp -d)
  mkdir -p "$dir"/{pause,scratch,busybox/{bin,etc,tmp}}
  chmod 1777 "$dir/busybox/tmp"
  install "$CLUSTER_PROGRAMS/pause" "$dir/pause/pause"
  install "$CLUSTER_ROOT/usr/bin/busybox" "$dir/busybox/bin/busybox"
  for program in $("$dir/busybox/bin/busybox" --list); do
    [ "$program" = busybox ] || ln -s busybox "$dir/busybox/bin/$program"
  done
  echo 'root:x:0:0:root:/:/bin/sh' >"$dir/busybox/etc/passwd"
  image localhost/pause:1 "$dir/pause" /pause
  image localhost/busybox:1 "$dir/busybox" /bin/sh
  image localhost/scratch:1 "$dir/scratch"
  rm -rf "$dir"
  touch "$state/run/images"
}


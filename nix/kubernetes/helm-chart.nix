# `pkgs.fetchHelm` as easykubenix has it: the directory of a chart, by its hash.
{ lib, pkgs }:
{
  chart,
  sha256,
  version ? null,
  # the repository's URL
  repo ? null,
  # instead of the chart's name: where it lies
  chartUrl ? null,
  untar ? true,
  verify ? false,
  devel ? false,
}:
pkgs.runCommand "${lib.replaceStrings [ "/" ] [ "-" ] chart}-${if version == null then "dev" else version}"
  {
    nativeBuildInputs = [
      pkgs.kubernetes-helm
      pkgs.cacert
    ];
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputHash = sha256;
  }
  ''
    export HOME=$TMPDIR
    helm pull ${
      lib.escapeShellArgs (
        [ (if chartUrl == null then chart else chartUrl) ]
        ++ lib.optionals (repo != null && chartUrl == null) [ "--repo" repo ]
        ++ lib.optionals (version != null) [ "--version" version ]
        ++ lib.optional verify "--verify"
        ++ lib.optional devel "--devel"
        ++ lib.optional untar "--untar"
        ++ [ "--destination" "chart" ]
      )
    }
    cp -r chart/*/ "$out"
  ''

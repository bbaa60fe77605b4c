package dev.berth.node.csi;

import com.google.protobuf.BoolValue;
import dev.berth.node.csi.v1.GetPluginCapabilitiesRequest;
import dev.berth.node.csi.v1.GetPluginCapabilitiesResponse;
import dev.berth.node.csi.v1.GetPluginInfoRequest;
import dev.berth.node.csi.v1.GetPluginInfoResponse;
import dev.berth.node.csi.v1.IdentityGrpc;
import dev.berth.node.csi.v1.ProbeRequest;
import dev.berth.node.csi.v1.ProbeResponse;
import io.grpc.stub.StreamObserver;

/** Who the driver is. It offers no controller service, and says so. */
final class IdentityService extends IdentityGrpc.IdentityImplBase {
    private final String driverName;
    private final String version;
    private final Driver driver;

    IdentityService(String driverName, String version, Driver driver) {
        this.driverName = driverName;
        this.version = version;
        this.driver = driver;
    }

    @Override
    public void getPluginInfo(GetPluginInfoRequest request, StreamObserver<GetPluginInfoResponse> reply) {
        Answers.to(
                reply,
                "GetPluginInfo",
                () -> GetPluginInfoResponse.newBuilder()
                        .setName(driverName)
                        .setVendorVersion(version)
                        .build());
    }

    @Override
    public void getPluginCapabilities(
            GetPluginCapabilitiesRequest request, StreamObserver<GetPluginCapabilitiesResponse> reply) {
        Answers.to(reply, "GetPluginCapabilities", GetPluginCapabilitiesResponse::getDefaultInstance);
    }

    @Override
    public void probe(ProbeRequest request, StreamObserver<ProbeResponse> reply) {
        Answers.to(
                reply,
                "Probe",
                () -> ProbeResponse.newBuilder()
                        .setReady(BoolValue.of(driver.ready()))
                        .build());
    }
}

package ingest

import (
	"parley/internal/quality/metric"
	"parley/internal/wire/qoe"
)

// qoeMetric says which metric a number of a report is.
type qoeMetric struct {
	field qoe.Field
	id    metric.ID
	// only is the direction in which it counts, 0 for both.
	only metric.Source
	// factor converts to the metric's unit, 0 for 1.
	factor float64
}

// streamMetrics and lineMetrics are the tables of translation; never changed.
var streamMetrics = []qoeMetric{
	{field: qoe.JitterInterArrival, id: metric.Jitter},
	{field: qoe.JitterInterArrivalMax, id: metric.JitterMax},
	{field: qoe.JitterInterArrivalSD, id: metric.JitterSD},
	{field: qoe.LossRate, id: metric.LossRate},
	{field: qoe.LossRateMax, id: metric.LossRateMax},
	{field: qoe.BurstDensity, id: metric.BurstDensity, factor: 100}, // a fraction, as in RFC 3611
	{field: qoe.BurstDuration, id: metric.BurstDuration},
	{field: qoe.GapDensity, id: metric.GapDensity, factor: 100},
	{field: qoe.GapDuration, id: metric.GapDuration},
	{field: qoe.RoundTrip, id: metric.RoundTrip},
	{field: qoe.RoundTripMax, id: metric.RoundTripMax},
	{field: qoe.OneWayAverage, id: metric.OneWay},
	{field: qoe.OneWayMax, id: metric.OneWayMax},
	{field: qoe.Packets, id: metric.Packets},
	{field: qoe.BandwidthEst, id: metric.Bandwidth},
	{field: qoe.BandwidthEstMin, id: metric.BandwidthMin},
	{field: qoe.BandwidthEstMax, id: metric.BandwidthMax},
	{field: qoe.RatioConcealedSamplesAvg, id: metric.Concealed},
	{field: qoe.RatioStretchedSamplesAvg, id: metric.Stretched},
	{field: qoe.RatioCompressedSamplesAvg, id: metric.Compressed},
	{field: qoe.ConcealRatioMax, id: metric.ConcealedMax},
	{field: qoe.HealerPacketDropRatio, id: metric.HealerDropped},
	{field: qoe.HealerFECPacketUsedRatio, id: metric.HealerFEC},
	{field: qoe.SignalLevel, id: metric.ReceiveSignal, only: metric.ReceivingEnd},
	{field: qoe.NoiseLevel, id: metric.ReceiveNoise, only: metric.ReceivingEnd},
	{field: qoe.SignalLevel, id: metric.SendSignal, only: metric.SendingEnd},
	{field: qoe.NoiseLevel, id: metric.SendNoise, only: metric.SendingEnd},
	{field: qoe.SpeakerGlitchRate, id: metric.SpeakerGlitches},
	{field: qoe.MicGlitchRate, id: metric.MicGlitches},
	{field: qoe.InitialSignalLevelRMS, id: metric.InitialSignal},
	{field: qoe.EchoPercentMicIn, id: metric.EchoMicIn},
	{field: qoe.EchoPercentSend, id: metric.EchoSent},
	{field: qoe.AudioPostFECPLR, id: metric.PostFECLoss},
	{field: qoe.SendMutePercent, id: metric.SendMute},
	{field: qoe.VideoBitRateAvg, id: metric.VideoBitRate},
	{field: qoe.VideoBitRateMax, id: metric.VideoBitRateMax},
	{field: qoe.VideoFrameRateAvg, id: metric.FrameRate},
	{field: qoe.VideoPacketLossRate, id: metric.VideoLoss},
	{field: qoe.VideoFrameLossRate, id: metric.FrameLoss},
	{field: qoe.VideoPostFECPLR, id: metric.VideoPostFECLoss},
	{field: qoe.VideoLocalFrameLossPercentageAvg, id: metric.FrameLossLocal},
	{field: qoe.DynamicCapabilityPercent, id: metric.DynamicCapability},
	{field: qoe.LowBitRateCallPercent, id: metric.LowBitRate},
	{field: qoe.LowFrameRateCallPercent, id: metric.LowFrameRate},
	{field: qoe.LowResolutionCallPercent, id: metric.LowResolution},
	{field: qoe.RecvFrameRateAverage, id: metric.FrameRateReceived},
	{field: qoe.SendFrameRateAverage, id: metric.FrameRateSent},
	{field: qoe.SpoiledTotal, id: metric.SpoiledTiles},
	{field: qoe.TileLatencyAverage, id: metric.TileLatency},
	{field: qoe.OverallAvg, id: metric.NetworkMOS},
	{field: qoe.OverallMin, id: metric.NetworkMOSMin},
	{field: qoe.DegradationAvg, id: metric.Degradation},
	{field: qoe.DegradationMax, id: metric.DegradationMax},
	{field: qoe.DegradationJitterAvg, id: metric.DegradationJitter},
	{field: qoe.DegradationPacketLossAvg, id: metric.DegradationLoss},
	{field: qoe.SendListenMOS, id: metric.ListenMOSSent},
	{field: qoe.SendListenMOSMin, id: metric.ListenMOSSentMin},
	{field: qoe.RecvListenMOS, id: metric.ListenMOSReceived},
	{field: qoe.RecvListenMOSMin, id: metric.ListenMOSReceivedMin},
}

var lineMetrics = []qoeMetric{
	{field: qoe.LocalConversationalMOS, id: metric.ConversationalMOS},
	{field: qoe.AppliedBandwidthLimit, id: metric.BandwidthLimit},
	{field: qoe.EventNetworkSendQuality, id: metric.EventNetworkSendQuality},
	{field: qoe.EventNetworkReceiveQuality, id: metric.EventNetworkReceiveQuality},
	{field: qoe.EventNetworkDelay, id: metric.EventNetworkDelay},
	{field: qoe.EventNetworkBandwidthLow, id: metric.EventNetworkBandwidthLow},
	{field: qoe.EventCPUInsufficient, id: metric.EventCPUInsufficient},
	{field: qoe.EventDeviceHalfDuplexAEC, id: metric.EventDeviceHalfDuplexAEC},
	{field: qoe.EventDeviceRenderNotFunctioning, id: metric.EventDeviceRenderNotFunctioning},
	{field: qoe.EventDeviceCaptureNotFunctioning, id: metric.EventDeviceCaptureNotFunctioning},
	{field: qoe.EventDeviceGlitches, id: metric.EventDeviceGlitches},
	{field: qoe.EventDeviceLowSNR, id: metric.EventDeviceLowSNR},
	{field: qoe.EventDeviceLowSpeechLevel, id: metric.EventDeviceLowSpeechLevel},
	{field: qoe.EventDeviceClipping, id: metric.EventDeviceClipping},
	{field: qoe.EventDeviceEcho, id: metric.EventDeviceEcho},
	{field: qoe.EventDeviceNearEndToEchoRatio, id: metric.EventDeviceNearEndToEchoRatio},
	{field: qoe.EventDeviceRenderZeroVolume, id: metric.EventDeviceRenderZeroVolume},
	{field: qoe.EventDeviceRenderMute, id: metric.EventDeviceRenderMute},
	{field: qoe.EventDeviceMultipleEndpoints, id: metric.EventMultipleEndpoints},
	{field: qoe.EventDeviceHowling, id: metric.EventHowling},
}

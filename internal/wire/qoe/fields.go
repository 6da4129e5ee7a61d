package qoe

// Field is a number of a report.
type Field uint8

// The fields of a stream, in the order of the schema.
const (
	JitterInterArrival Field = iota
	JitterInterArrivalMax
	JitterInterArrivalSD
	LossRate
	LossRateMax
	BurstDensity
	BurstDuration
	GapDensity
	GapDuration
	RoundTrip
	RoundTripMax
	OneWayTotal
	OneWayAverage
	OneWayMax
	Packets
	BandwidthEst
	BandwidthEstMin
	BandwidthEstMax
	BandwidthEstStdDev
	BandwidthEstAvge
	RatioConcealedSamplesAvg
	RatioStretchedSamplesAvg
	RatioCompressedSamplesAvg
	ConcealRatioMax
	ConcealRatioSD
	HealerPacketDropRatio
	HealerFECPacketUsedRatio
	MaxCompressedSamples
	LossCongestionPercent
	DelayCongestionPercent
	ContentionDetectedPercent
	SignalLevel
	NoiseLevel
	SpeakerFeedbackMicIn
	SpeechLevelMicIn
	SpeechLevelPostProcess
	SignalLevelLoudSpeaker
	BackGroundNoiseMicIn
	BackGroundNoiseSent
	LocalSpeechToEcho
	SpeakerGlitchRate
	MicGlitchRate
	SpeakerClipRate
	MicClipRate
	RxAGCSignalLevel
	RxAGCNoiseLevel
	InitialSignalLevelRMS
	AudioTimestampDriftRateMic
	AudioTimestampDriftRateSpk
	VsEntryCauses
	EchoEventCauses
	EchoPercentMicIn
	EchoPercentSend
	AudioPostFECPLR
	SendMutePercent
	NetworkJitterAvg
	PacketReorderRatio
	VideoBitRateAvg
	VideoBitRateMax
	VideoFrameRateAvg
	VideoPacketLossRate
	VideoFrameLossRate
	VideoPostFECPLR
	VideoLocalFrameLossPercentageAvg
	DynamicCapabilityPercent
	LowBitRateCallPercent
	LowFrameRateCallPercent
	LowResolutionCallPercent
	RecvFrameRateAverage
	SendFrameRateAverage
	DurationSeconds
	SpoiledTotal
	SpoiledAverage
	SpoiledMax
	TileLatencyTotal
	TileLatencyAverage
	TileLatencyMax
	IncomingFrameTotal
	IncomingFrameAverage
	IncomingFrameMax
	OutgoingFrameTotal
	OutgoingFrameAverage
	OutgoingFrameMax
	OverallAvg
	OverallMin
	DegradationAvg
	DegradationMax
	DegradationJitterAvg
	DegradationPacketLossAvg
	SendListenMOS
	SendListenMOSMin
	RecvListenMOS
	RecvListenMOSMin

	// The fields of a media line itself.
	LocalConversationalMOS
	AppliedBandwidthLimit
	EventNetworkSendQuality
	EventNetworkReceiveQuality
	EventNetworkDelay
	EventNetworkBandwidthLow
	EventCPUInsufficient
	EventDeviceHalfDuplexAEC
	EventDeviceRenderNotFunctioning
	EventDeviceCaptureNotFunctioning
	EventDeviceGlitches
	EventDeviceLowSNR
	EventDeviceLowSpeechLevel
	EventDeviceClipping
	EventDeviceEcho
	EventDeviceNearEndToEchoRatio
	EventDeviceRenderZeroVolume
	EventDeviceRenderMute
	EventDeviceMultipleEndpoints
	EventDeviceHowling
	fieldCount
)

// place is where a field is in a report: the elements around it, below the
// stream or the media line, its own name and the generation that brought it.
type place struct{ path, name, ns string }

// streamFields is the number of fields that belong to a stream.
const streamFields = LocalConversationalMOS

// places is the table of the format, indexed by Field; never changed.
var places = [fieldCount]place{
	JitterInterArrival:               {"Network/Jitter", "InterArrival", ""},
	JitterInterArrivalMax:            {"Network/Jitter", "InterArrivalMax", ""},
	JitterInterArrivalSD:             {"Network/Jitter", "InterArrivalSD", "v3"},
	LossRate:                         {"Network/PacketLoss", "LossRate", ""},
	LossRateMax:                      {"Network/PacketLoss", "LossRateMax", ""},
	BurstDensity:                     {"Network/BurstGapLoss", "BurstDensity", ""},
	BurstDuration:                    {"Network/BurstGapLoss", "BurstDuration", ""},
	GapDensity:                       {"Network/BurstGapLoss", "GapDensity", ""},
	GapDuration:                      {"Network/BurstGapLoss", "GapDuration", ""},
	RoundTrip:                        {"Network/Delay", "RoundTrip", ""},
	RoundTripMax:                     {"Network/Delay", "RoundTripMax", ""},
	OneWayTotal:                      {"Network/Delay/RelativeOneWay", "Total", "v3"},
	OneWayAverage:                    {"Network/Delay/RelativeOneWay", "Average", "v3"},
	OneWayMax:                        {"Network/Delay/RelativeOneWay", "Max", "v3"},
	Packets:                          {"Network/Utilization", "Packets", ""},
	BandwidthEst:                     {"Network/Utilization", "BandwidthEst", ""},
	BandwidthEstMin:                  {"Network/Utilization", "BandwidthEstMin", "v3"},
	BandwidthEstMax:                  {"Network/Utilization", "BandwidthEstMax", "v3"},
	BandwidthEstStdDev:               {"Network/Utilization", "BandwidthEstStdDev", "v3"},
	BandwidthEstAvge:                 {"Network/Utilization", "BandwidthEstAvge", "v3"},
	RatioConcealedSamplesAvg:         {"Network", "RatioConcealedSamplesAvg", "v2"},
	RatioStretchedSamplesAvg:         {"Network", "RatioStretchedSamplesAvg", "v2"},
	RatioCompressedSamplesAvg:        {"Network", "RatioCompressedSamplesAvg", "v2"},
	ConcealRatioMax:                  {"Network", "ConcealRatioMax", "v3"},
	ConcealRatioSD:                   {"Network", "ConcealRatioSD", "v3"},
	HealerPacketDropRatio:            {"Network", "HealerPacketDropRatio", "v3"},
	HealerFECPacketUsedRatio:         {"Network", "HealerFECPacketUsedRatio", "v3"},
	MaxCompressedSamples:             {"Network", "MaxCompressedSamples", "v3"},
	LossCongestionPercent:            {"Network", "LossCongestionPercent", "v3"},
	DelayCongestionPercent:           {"Network", "DelayCongestionPercent", "v3"},
	ContentionDetectedPercent:        {"Network", "ContentionDetectedPercent", "v3"},
	SignalLevel:                      {"Payload/Audio/Signal", "SignalLevel", ""},
	NoiseLevel:                       {"Payload/Audio/Signal", "NoiseLevel", ""},
	SpeakerFeedbackMicIn:             {"Payload/Audio/Signal", "SpeakerFeedbackMicIn", ""},
	SpeechLevelMicIn:                 {"Payload/Audio/Signal", "SpeechLevelMicIn", ""},
	SpeechLevelPostProcess:           {"Payload/Audio/Signal", "SpeechLevelPostProcess", ""},
	SignalLevelLoudSpeaker:           {"Payload/Audio/Signal", "SignalLevelLoudSpeaker", ""},
	BackGroundNoiseMicIn:             {"Payload/Audio/Signal", "BackGroundNoiseMicIn", ""},
	BackGroundNoiseSent:              {"Payload/Audio/Signal", "BackGroundNoiseSent", ""},
	LocalSpeechToEcho:                {"Payload/Audio/Signal", "LocalSpeechToEcho", ""},
	SpeakerGlitchRate:                {"Payload/Audio/Signal", "SpeakerGlitchRate", ""},
	MicGlitchRate:                    {"Payload/Audio/Signal", "MicGlitchRate", ""},
	SpeakerClipRate:                  {"Payload/Audio/Signal", "SpeakerClipRate", ""},
	MicClipRate:                      {"Payload/Audio/Signal", "MicClipRate", ""},
	RxAGCSignalLevel:                 {"Payload/Audio/Signal", "RxAGCSignalLevel", ""},
	RxAGCNoiseLevel:                  {"Payload/Audio/Signal", "RxAGCNoiseLevel", ""},
	InitialSignalLevelRMS:            {"Payload/Audio/Signal", "InitialSignalLevelRMS", "v2"},
	AudioTimestampDriftRateMic:       {"Payload/Audio/Signal", "AudioTimestampDriftRateMic", "v2"},
	AudioTimestampDriftRateSpk:       {"Payload/Audio/Signal", "AudioTimestampDriftRateSpk", "v2"},
	VsEntryCauses:                    {"Payload/Audio/Signal", "VsEntryCauses", "v2"},
	EchoEventCauses:                  {"Payload/Audio/Signal", "EchoEventCauses", "v2"},
	EchoPercentMicIn:                 {"Payload/Audio/Signal", "EchoPercentMicIn", "v2"},
	EchoPercentSend:                  {"Payload/Audio/Signal", "EchoPercentSend", "v2"},
	AudioPostFECPLR:                  {"Payload/Audio", "AudioPostFECPLR", "v3"},
	SendMutePercent:                  {"Payload/Audio", "SendMutePercent", "v3"},
	NetworkJitterAvg:                 {"Payload/Audio", "NetworkJitterAvg", "v4"},
	PacketReorderRatio:               {"Payload/Audio", "PacketReorderRatio", "v4"},
	VideoBitRateAvg:                  {"Payload/Video", "VideoBitRateAvg", ""},
	VideoBitRateMax:                  {"Payload/Video", "VideoBitRateMax", ""},
	VideoFrameRateAvg:                {"Payload/Video", "VideoFrameRateAvg", ""},
	VideoPacketLossRate:              {"Payload/Video", "VideoPacketLossRate", ""},
	VideoFrameLossRate:               {"Payload/Video", "VideoFrameLossRate", ""},
	VideoPostFECPLR:                  {"Payload/Video", "VideoPostFECPLR", "v3"},
	VideoLocalFrameLossPercentageAvg: {"Payload/Video", "VideoLocalFrameLossPercentageAvg", "v3"},
	DynamicCapabilityPercent:         {"Payload/Video", "DynamicCapabilityPercent", "v3"},
	LowBitRateCallPercent:            {"Payload/Video", "LowBitRateCallPercent", "v3"},
	LowFrameRateCallPercent:          {"Payload/Video", "LowFrameRateCallPercent", "v3"},
	LowResolutionCallPercent:         {"Payload/Video", "LowResolutionCallPercent", "v3"},
	RecvFrameRateAverage:             {"Payload/Video", "RecvFrameRateAverage", "v3"},
	SendFrameRateAverage:             {"Payload/Video", "SendFrameRateAverage", "v3"},
	DurationSeconds:                  {"Payload/Video", "DurationSeconds", "v3"},
	SpoiledTotal:                     {"Payload/ApplicationSharing/SpoiledTilePercent", "Total", "v3"},
	SpoiledAverage:                   {"Payload/ApplicationSharing/SpoiledTilePercent", "Average", "v3"},
	SpoiledMax:                       {"Payload/ApplicationSharing/SpoiledTilePercent", "Max", "v3"},
	TileLatencyTotal:                 {"Payload/ApplicationSharing/RDPTileProcessingLatency", "Total", "v3"},
	TileLatencyAverage:               {"Payload/ApplicationSharing/RDPTileProcessingLatency", "Average", "v3"},
	TileLatencyMax:                   {"Payload/ApplicationSharing/RDPTileProcessingLatency", "Max", "v3"},
	IncomingFrameTotal:               {"Payload/ApplicationSharing/IncomingFrameRate", "Total", "v3"},
	IncomingFrameAverage:             {"Payload/ApplicationSharing/IncomingFrameRate", "Average", "v3"},
	IncomingFrameMax:                 {"Payload/ApplicationSharing/IncomingFrameRate", "Max", "v3"},
	OutgoingFrameTotal:               {"Payload/ApplicationSharing/OutgoingFrameRate", "Total", "v3"},
	OutgoingFrameAverage:             {"Payload/ApplicationSharing/OutgoingFrameRate", "Average", "v3"},
	OutgoingFrameMax:                 {"Payload/ApplicationSharing/OutgoingFrameRate", "Max", "v3"},
	OverallAvg:                       {"QualityEstimates/Audio/NetworkMOS", "OverallAvg", ""},
	OverallMin:                       {"QualityEstimates/Audio/NetworkMOS", "OverallMin", ""},
	DegradationAvg:                   {"QualityEstimates/Audio/NetworkMOS", "DegradationAvg", ""},
	DegradationMax:                   {"QualityEstimates/Audio/NetworkMOS", "DegradationMax", ""},
	DegradationJitterAvg:             {"QualityEstimates/Audio/NetworkMOS", "DegradationJitterAvg", ""},
	DegradationPacketLossAvg:         {"QualityEstimates/Audio/NetworkMOS", "DegradationPacketLossAvg", ""},
	SendListenMOS:                    {"QualityEstimates/Audio", "SendListenMOS", ""},
	SendListenMOSMin:                 {"QualityEstimates/Audio", "SendListenMOSMin", ""},
	RecvListenMOS:                    {"QualityEstimates/Audio", "RecvListenMOS", ""},
	RecvListenMOSMin:                 {"QualityEstimates/Audio", "RecvListenMOSMin", ""},
	LocalConversationalMOS:           {"", "LocalConversationalMOS", ""},
	AppliedBandwidthLimit:            {"", "AppliedBandwidthLimit", "v2"},
	EventNetworkSendQuality:          {"LocalClientEvent", "NetworkSendQualityEventRatio", ""},
	EventNetworkReceiveQuality:       {"LocalClientEvent", "NetworkReceiveQualityEventRatio", ""},
	EventNetworkDelay:                {"LocalClientEvent", "NetworkDelayEventRatio", ""},
	EventNetworkBandwidthLow:         {"LocalClientEvent", "NetworkBandwidthLowEventRatio", ""},
	EventCPUInsufficient:             {"LocalClientEvent", "CPUInsufficientEventRatio", ""},
	EventDeviceHalfDuplexAEC:         {"LocalClientEvent", "DeviceHalfDuplexAECEventRatio", ""},
	EventDeviceRenderNotFunctioning:  {"LocalClientEvent", "DeviceRenderNotFunctioningEventRatio", ""},
	EventDeviceCaptureNotFunctioning: {"LocalClientEvent", "DeviceCaptureNotFunctioningEventRatio", ""},
	EventDeviceGlitches:              {"LocalClientEvent", "DeviceGlitchesEventRatio", ""},
	EventDeviceLowSNR:                {"LocalClientEvent", "DeviceLowSNREventRatio", ""},
	EventDeviceLowSpeechLevel:        {"LocalClientEvent", "DeviceLowSpeechLevelEventRatio", ""},
	EventDeviceClipping:              {"LocalClientEvent", "DeviceClippingEventRatio", ""},
	EventDeviceEcho:                  {"LocalClientEvent", "DeviceEchoEventRatio", ""},
	EventDeviceNearEndToEchoRatio:    {"LocalClientEvent", "DeviceNearEndToEchoRatioEventRatio", ""},
	EventDeviceRenderZeroVolume:      {"LocalClientEvent", "DeviceRenderZeroVolumeEventRatio", ""},
	EventDeviceRenderMute:            {"LocalClientEvent", "DeviceRenderMuteEventRatio", ""},
	EventDeviceMultipleEndpoints:     {"LocalClientEvent", "DeviceMultipleEndpointsEventCount", ""},
	EventDeviceHowling:               {"LocalClientEvent", "DeviceHowlingEventCount", ""},
}

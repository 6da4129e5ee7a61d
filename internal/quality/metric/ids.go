package metric

// ID names a metric. The numbers are not stored anywhere: names are.
type ID uint8

// The metrics of the catalogue.
const (
	// Network, as the receiver sees it.
	Packets ID = iota
	Lost
	LossRate
	LossRateMax
	DiscardRate
	Duplicates
	Reordered
	Jitter
	JitterMax
	JitterSD
	JitterMeanAbsolute
	BurstDensity
	BurstDuration
	GapDensity
	GapDuration
	OneWay
	OneWayMax
	BufferNominal
	BufferMax
	EndSystemDelay

	// Network, as the sender sees it.
	RoundTrip
	RoundTripMax
	Bandwidth
	BandwidthMin
	BandwidthMax
	BandwidthLimit

	// Scores.
	Degradation
	DegradationMax
	DegradationJitter
	DegradationLoss
	NetworkMOS
	NetworkMOSMin
	ListenMOSReceived
	ListenMOSReceivedMin
	ListenMOSSent
	ListenMOSSentMin
	ConversationalMOS
	MOSLQ
	MOSLQMin
	MOSCQ
	RListening
	RConversational

	// What the receiver's healer did.
	Concealed
	ConcealedMax
	Stretched
	Compressed
	HealerDropped
	HealerFEC
	PostFECLoss

	// Sound levels.
	SendSignal
	SendNoise
	ReceiveSignal
	ReceiveNoise
	EchoReturnLoss
	InitialSignal
	EchoMicIn
	EchoSent
	MicGlitches
	SpeakerGlitches
	SendMute

	// Video.
	VideoBitRate
	VideoBitRateMax
	FrameRate
	FrameRateReceived
	FrameRateSent
	VideoLoss
	FrameLoss
	FrameLossLocal
	VideoPostFECLoss
	LowBitRate
	LowFrameRate
	LowResolution
	DynamicCapability

	// Application sharing.
	SpoiledTiles
	TileLatency
	SharingOneWay

	// Events: the share of the call in which the client complained.
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
	EventMultipleEndpoints
	EventHowling

	// Count is the number of metrics.
	Count
)

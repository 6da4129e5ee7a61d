package model

import "parley/internal/quality/metric"

// Due is one reason for a stream to be poor.
type Due struct {
	Media  metric.Media
	Metric metric.ID
	// Title is its name as a dimension; as a measure it ends in Count.
	Title string
}

// Key is the dimension's name in queries: audio.poor_due_jitter.
func (d Due) Key() string { return d.Media.String() + ".poor_due_" + d.Metric.String() }

// PoorDues lists the reasons that classifiers know, with the names of the
// original model.
func PoorDues() []Due {
	all := []Due{
		{metric.Audio, metric.Jitter, "Audio Poor Due To Jitter"},
		{metric.Audio, metric.RoundTrip, "Audio Poor Due To RoundTrip"},
		{metric.Audio, metric.LossRate, "Audio Poor Due To PacketLoss"},
		{metric.Audio, metric.Degradation, "Audio Poor Due To Degradation"},
		{metric.Audio, metric.Concealed, "Audio Poor Due To ConcealedRatio"},
		{metric.Audio, metric.Stretched, "Audio Poor Due To StretchedRatio"},
		{metric.Audio, metric.Compressed, "Audio Poor Due To CompressedRatio"},
	}
	for _, m := range []struct {
		media metric.Media
		title string
	}{{metric.Video, "Video"}, {metric.VbSS, "VBSS"}} {
		all = append(all,
			Due{m.media, metric.VideoPostFECLoss, m.title + " Poor Due To VideoPostFecplr"},
			Due{m.media, metric.FrameLossLocal, m.title + " Poor Due To VideoLocalFrameLossPercentageAvg"},
			Due{m.media, metric.FrameRate, m.title + " Poor Due To VideoFrameRateAvg"})
	}
	return append(all,
		Due{metric.AppShare, metric.SpoiledTiles, "AppSharing Poor Due To SpoiledTilePercentTotal"},
		Due{metric.AppShare, metric.SharingOneWay, "AppSharing Poor Due To RelativeOneWayAverage"},
		Due{metric.AppShare, metric.TileLatency, "AppSharing Poor Due To RDPTileProcessingLatencyAverage"})
}

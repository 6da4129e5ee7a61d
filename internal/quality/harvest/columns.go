package harvest

import "strings"

// column puts a field's value into a row.
type column func(r *Row, v string)

// metricColumns are the columns of the views that are metrics; never changed.
var metricColumns = map[string]string{
	"jitterinterarrival": "jitter", "jitterinterarrivalmax": "jitter_max", "jitterinterarrivalsd": "jitter_sd",
	"packetlossrate": "loss", "packetlossratemax": "loss_max", "burstdensity": "burst_density", "burstduration": "burst_duration",
	"burstgapdensity": "gap_density", "burstgapduration": "gap_duration", "packetutilization": "packets", "bandwidthest": "bandwidth",
	"bandwidthestmin": "bandwidth_min", "bandwidthestmax": "bandwidth_max",
	"degradationavg": "degradation", "degradationmax": "degradation_max", "degradationjitteravg": "degradation_jitter",
	"degradationpacketlossavg": "degradation_loss", "roundtrip": "rtt", "roundtripmax": "rtt_max",
	"overallavgnetworkmos": "network_mos", "overallminnetworkmos": "network_mos_min",
	"ratioconcealedsamplesavg": "concealed", "ratiostretchedsamplesavg": "stretched", "ratiocompressedsamplesavg": "compressed",
	"concealratiomax": "concealed_max", "healerpacketdropratio": "healer_dropped", "healerfecpacketusedratio": "healer_fec", "audiopostfecplr": "post_fec_loss",
	"senderlistenmos": "send_listen_mos", "sendlistenmos": "send_listen_mos", "sendlistenmosmin": "send_listen_mos_min",
	"recvlistenmos": "recv_listen_mos", "recvlistenmosmin": "recv_listen_mos_min",
	"sendsignallevel": "send_signal", "sendnoiselevel": "send_noise", "recvsignallevel": "recv_signal", "recvnoiselevel": "recv_noise",
	"audiomicglitchrate": "mic_glitches", "micglitchrate": "mic_glitches", "audiospeakerglitchrate": "speaker_glitches", "speakerglitchrate": "speaker_glitches",
	"initialsignallevelrms": "initial_signal", "echopercentmicin": "echo_mic_in", "echopercentsend": "echo_send", "sendmutepercent": "send_mute",
	"relativeonewayaverage": "one_way", "relativeonewaymax": "one_way_max", "relativeonewaytotal": "", "appliedbandwidthlimit": "bandwidth_limit",
	"videobitrateavg": "video_bitrate", "videobitratemax": "video_bitrate_max", "videoframerateavg": "frame_rate",
	"videopacketlossrate": "video_loss", "videoframelossrate": "frame_loss", "videolocalframelosspercentageavg": "frame_loss_local",
	"videopostfecplr": "video_post_fec_loss", "dynamiccapabilitypercent": "dynamic_capability", "lowbitratecallpercent": "low_bitrate",
	"lowframeratecallpercent": "low_frame_rate", "lowresolutioncallpercent": "low_resolution",
	"recvframerateaverage": "recv_frame_rate", "sendframerateaverage": "send_frame_rate",
	"spoiledtilepercenttotal": "spoiled_tiles", "rdptileprocessinglatencyaverage": "tile_latency",
}

// endColumns are the columns of an end, behind Caller or Callee; never changed.
var endColumns = map[string]string{
	"useragent": "useragent", "endpoint": "endpoint", "os": "os", "cpuname": "cpu", "cpunumberofcores": "cores", "cpuprocessorspeed": "mhz",
	"virtualizationflag": "virtual", "ipaddr": "ip", "ipaddress": "ip", "port": "port", "subnet": "subnet", "subnetmask": "", "macaddress": "mac", "macaddr": "mac",
	"reflexivelocalipaddr": "reflexive", "reflexiveipaddr": "reflexive", "relayipaddr": "relay", "inside": "inside", "vpn": "vpn",
	"networkconnectiontype": "network", "networkconnectiondetail": "network", "networkconnectiondetails": "network", "linkspeed": "linkspeed", "bssid": "bssid",
	"capturedev": "capture", "capturedevdriver": "capturedriver", "capturedevicedriver": "capturedriver", "renderdev": "render",
	"renderdevdriver": "renderdriver", "renderdevicedriver": "renderdriver", "connectivityice": "ice", "icewarningflags": "icewarning",
	"wifidriverdevicedesc": "wifidriver", "wifidriverversion": "wifiversion",
}

// columnOf finds what a column is, nil for one that is not kept.
func columnOf(name string) column {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if m := metricColumns[name]; m != "" {
		return func(r *Row, v string) { r.Values[m] = v }
	}
	for _, side := range []string{"caller", "callee"} {
		rest, ok := strings.CutPrefix(name, side)
		if !ok {
			continue
		}
		if f := endColumns[rest]; f != "" {
			return func(r *Row, v string) { r.Text[side+"."+f] = v }
		}
		switch rest {
		case "", "uri", "pai":
			if side == "caller" {
				return func(r *Row, v string) { r.Caller = v }
			}
			return func(r *Row, v string) { r.Callee = v }
		}
	}
	switch name {
	case "dialogid", "callid", "externalid":
		return func(r *Row, v string) { r.CallID = v }
	case "starttime":
		return func(r *Row, v string) { r.Started = v }
	case "endtime":
		return func(r *Row, v string) { r.Ended = v }
	case "sessiontime", "sessionseq", "streamid", "conferencedatetime":
		return func(*Row, string) {} // the key
	case "medialinelabel", "medialinelabeltext":
		return func(r *Row, v string) { r.Label = label(v) }
	case "senderiscallerpai", "streamdirectioniscaller":
		return func(r *Row, v string) {
			r.FromCaller = v == "1" || strings.EqualFold(v, "true")
			r.Text["direction"] = "told"
		}
	case "transport", "transporttype":
		return func(r *Row, v string) { r.Text["transport"] = transport(v) }
	case "security", "payloaddescription", "audiopayloaddescription", "codec", "samplerate", "audiosamplerate", "audiofecused", "appliedbandwidthsource":
		field := map[string]string{"payloaddescription": "codec", "audiopayloaddescription": "codec", "audiosamplerate": "samplerate", "audiofecused": "fec",
			"appliedbandwidthsource": "bandwidthsource"}[name]
		if field == "" {
			field = name
		}
		return func(r *Row, v string) { r.Text[field] = v }
	}
	return nil
}

// label turns the database's numbers of media lines into labels.
func label(v string) string {
	switch v {
	case "0":
		return "main-audio"
	case "1":
		return "main-video"
	case "2":
		return "panoramic-video"
	case "3":
		return "applicationsharing-video"
	}
	return v
}

func transport(v string) string {
	switch v {
	case "0":
		return "UDP"
	case "1":
		return "TCP"
	}
	return v
}

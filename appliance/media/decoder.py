"""Any sound file that people bring, decoded by FFmpeg (PyAV): MP3, Ogg with Opus or Vorbis, M4A, FLAC, WAV of any rate.

For the helper process only, and the only module that imports PyAV: 40 MB and decoders in C do not belong beside the
calls. It opens nothing by itself: a file that names other files or addresses gets none of them.
"""

from __future__ import annotations

import io
from array import array
from typing import Any

import av
import av.filter

from appliance.media.dsp import LOW_PASS_HZ, RATE

# What telephones and computers record, and nothing else of the hundreds that FFmpeg knows: no playlists, no pictures.
CONTAINERS = "mp3,ogg,flac,wav,w64,aiff,aac,mov,matroska,amr,caf"
CODECS = (
    "mp3float,mp3,aac,alac,opus,libopus,vorbis,flac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,adpcm_ima_wav,"
    "adpcm_ms,gsm_ms,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"
    "pcm_f64le,pcm_alaw,pcm_mulaw"
)
NO_PROTOCOLS = "none"
CUT_SHARE = 0.9  # a file that holds less than this of the sound that it promises is cut off
_MICROSECONDS = 1_000_000
# Titles in an old alphabet are no reason to refuse a file; PyAV 19 bears them by itself.
_TAGS: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}


def decode(content: bytes, most_seconds: float) -> array[float]:
    """Mono samples in 16-bit steps, `dsp.RATE` of them a second, nothing above 3.4 kHz.

    Raises ValueError saying what is wrong with the file; nothing else for any bytes but MemoryError.
    """
    options = {"format_whitelist": CONTAINERS, "codec_whitelist": CODECS, "protocol_whitelist": NO_PROTOCOLS}
    try:
        with av.open(io.BytesIO(content), mode="r", options=options, **_TAGS) as container:
            stream = _only_sound(container)
            promised = (container.duration or 0) / _MICROSECONDS
            if promised > most_seconds:
                raise ValueError(f"longer than {most_seconds / 60:g} minutes")
            samples = _samples(container, stream, most_seconds)
    except (av.FFmpegError, av.error.FFmpegError, UnicodeError, EOFError, LookupError) as error:
        raise ValueError(f"no sound file that can be read ({getattr(error, 'strerror', None) or error})") from None
    if len(samples) < CUT_SHARE * promised * RATE:
        raise ValueError(f"cut off: {len(samples) / RATE:.1f} s of {promised:.1f} s are there")
    return samples


def _only_sound(container: av.container.InputContainer) -> av.AudioStream:
    """The sound. A picture on the cover is borne, a film is not."""
    for stream in container.streams:
        covers = av.stream.Disposition.attached_pic
        if stream.type not in ("audio", "data") and not stream.disposition & covers:
            raise ValueError("more than sound is in it")
    if not container.streams.audio:
        raise ValueError("there is no sound in it")
    if container.streams.audio[0].codec_context is None:
        raise ValueError("its sound is of a kind that is not known here")
    return container.streams.audio[0]


def _samples(container: av.container.InputContainer, stream: av.AudioStream, most_seconds: float) -> array[float]:
    graph = av.filter.Graph()
    cutoff = LOW_PASS_HZ / (RATE / 2)
    parts = [
        graph.add_abuffer(template=stream),
        graph.add("aresample", f"{RATE}:filter_size=64:cutoff={cutoff}"),
        graph.add("aformat", f"sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*parts).configure()
    samples = array("d")
    for frame in container.decode(stream):
        graph.push(frame)
        _pull(graph, samples)
        if len(samples) > most_seconds * RATE:
            raise ValueError(f"longer than {most_seconds / 60:g} minutes")
    graph.push(None)
    _pull(graph, samples)
    return samples


def _pull(graph: av.filter.Graph, samples: array[float]) -> None:
    """All that the filters have ready."""
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        samples.extend(memoryview(frame.planes[0]).cast("h")[: frame.samples])

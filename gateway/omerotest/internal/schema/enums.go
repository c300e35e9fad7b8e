package schema

import "strings"

// enums are the entries that a new OMERO has. Format's come from Bio-Formats
// and from the files that OMERO itself writes; those here are the usual ones.
const enums = `
AcquisitionMode: WideField LaserScanningConfocalMicroscopy SpinningDiskConfocal SlitScanConfocal MultiPhotonMicroscopy
 StructuredIllumination SingleMoleculeImaging TotalInternalReflection FluorescenceLifetime SpectralImaging
 FluorescenceCorrelationSpectroscopy NearFieldScanningOpticalMicroscopy SecondHarmonicGenerationImaging PALM STORM STED
 TIRF FSM LCM Other Unknown BrightField SweptFieldConfocal SPIM
AdminPrivilege: Chgrp Chown DeleteFile DeleteManagedRepo DeleteOwned DeleteScriptRepo ModifyGroup ModifyGroupMembership
 ModifyUser ReadSession Sudo WriteFile WriteManagedRepo WriteOwned WriteScriptRepo
ArcType: Hg Xe HgXe Other Unknown
Binning: 1x1 2x2 4x4 8x8
ChecksumAlgorithm: Adler-32 CRC-32 MD5-128 Murmur3-32 Murmur3-128 SHA1-160 File-Size-64
ContrastMethod: Brightfield Phase DIC HoffmanModulation ObliqueIllumination PolarizedLight Darkfield Fluorescence Other
 Unknown
Correction: UV PlanApo PlanFluor SuperFluor VioletCorrected Achro Achromat Fluor Fl Fluar Neofluar Fluotar Apo Other
 Unknown
DetectorType: CCD IntensifiedCCD AnalogVideo PMT Photodiode Spectroscopy LifetimeImaging CorrelationSpectroscopy FTIR
 EM-CCD APD CMOS EBCCD Other Unknown
DimensionOrder: XYZCT XYZTC XYCTZ XYCZT XYTCZ XYTZC
EventType: Bootstrap Import Internal Shoola User Task Test Processing FullText Sessions
ExperimentType: FP FRET TimeLapse FourDPlus Screen Immunocytochemistry Immunofluorescence FISH Electrophysiology
 IonImaging Colocalization PGIDocumentation FluorescenceLifetime SpectralImaging Photobleaching Other Unknown
Family: linear polynomial exponential logarithmic
FilamentType: Incandescent Halogen Other Unknown
FilterType: LongPass ShortPass BandPass MultiPass Dichroic NeutralDensity Tuneable Other Unknown
Format: text/plain text/csv application/octet-stream application/pdf application/vms-excel application/zip
 Directory Repository OMERO.tables OME-TIFF OMEXML TIFF PNG JPEG GIF BMP DV ZeissLSM ZeissCZI LIF ND2 ICS Fake Companion/OME-TIFF
Illumination: Transmitted Epifluorescence Oblique NonLinear Other Unknown
Immersion: Oil Water WaterDipping Air Multi Glycerol Other Unknown
JobStatus: Submitted Resubmitted Queued Requeued Running Error Waiting Finished Cancelled
LaserMedium: Rhodamine6G CoumarinC30 ArFl ArCl KrFl KrCl XeFl XeCl XeBr GaAs GaAlAs EMinus Cu Ag N Ar Kr Xe HeNe HeCd CO
 CO2 H2O HFl NdGlass NdYAG ErGlass ErYAG HoYLF HoYAG Ruby TiSapphire Alexandrite Other Unknown
LaserType: Excimer Gas MetalVapor SolidState Dye Semiconductor FreeElectron Other Unknown
Medium: Air Oil Water Glycerol Other Unknown
MicrobeamManipulationType: FRAP Photoablation Photoactivation Uncaging OpticalTrapping FLIP InverseFRAP Other Unknown
MicroscopeType: Upright Inverted Dissection Electrophysiology Other Unknown
PhotometricInterpretation: RGB ARGB CMYK HSV Monochrome ColorMap
PixelsType: bit int8 int16 int32 uint8 uint16 uint32 float double complex double-complex
ProjectionAxis: Z T ModuloZ ModuloT
ProjectionType: maximum mean sum
Pulse: CW Single QSwitched Repetitive ModeLocked Other Unknown
RenderingModel: rgb greyscale
`

// PixelsBits are the sizes of the pixels types in bits.
var PixelsBits = map[string]int32{
	"bit": 1, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32,
	"float": 32, "double": 64, "complex": 64, "double-complex": 128,
}

// Entries gives the entries that an enumeration has in a new store, in order.
func (c *Class) Entries() []string { return entries[c.Name] }

var entries = parseFacts(enums)

// parseFacts reads lines of "Name: word word"; a line that begins with a space
// goes on with the one above.
func parseFacts(text string) map[string][]string {
	out := map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if first, ok := strings.CutSuffix(words[0], ":"); ok && !strings.HasPrefix(line, " ") {
			name, words = first, words[1:]
		}
		out[name] = append(out[name], words...)
	}
	return out
}

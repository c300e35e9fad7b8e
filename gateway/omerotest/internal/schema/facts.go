package schema

// packages says in which package of OMERO's a class lives. Annotations and
// their links are in annotations, enumerations in enums unless they are here.
const packages = `
core: Image Pixels Channel LogicalChannel PlaneInfo OriginalFile PixelsOriginalFileMap
acquisition: Arc Detector DetectorSettings Dichroic Filament Filter FilterSet FilterSetEmissionFilterLink
 FilterSetExcitationFilterLink GenericExcitationSource ImagingEnvironment Instrument Laser LightEmittingDiode LightPath
 LightPathEmissionFilterLink LightPathExcitationFilterLink LightSettings LightSource Microscope OTF Objective
 ObjectiveSettings StageLabel TransmittanceRange
containers: Project Dataset Folder ProjectDatasetLink DatasetImageLink FolderImageLink FolderRoiLink
display: ChannelBinding CodomainMapContext ContrastStretchingContext PlaneSlicingContext ProjectionDef QuantumDef
 RenderingDef ReverseIntensityContext Thumbnail
experiment: Experiment MicrobeamManipulation
fs: Fileset FilesetEntry FilesetJobLink
internal: Link
jobs: Job ImportJob IndexingJob IntegrityCheckJob JobOriginalFileLink JobStatus MetadataImportJob ParseJob PixelDataJob
 ScriptJob ThumbnailGenerationJob UploadJob
meta: DBPatch Event EventLog Experimenter ExperimenterGroup ExternalInfo GroupExperimenterMap Namespace Node Session
 Share ShareMember
roi: AffineTransform Ellipse Label Line Mask Path Point Polygon Polyline Rectangle Roi Shape
screen: Plate PlateAcquisition Reagent Screen ScreenPlateLink Well WellReagentLink WellSample
stats: StatsInfo
`

// abstract are the classes without objects of their own.
const abstract = `Annotation BasicAnnotation NumericAnnotation TextAnnotation TypeAnnotation CodomainMapContext Job
LightSource Shape`

// global are the classes whose objects belong to nobody. All enumerations are.
const global = `DBPatch Event EventLog Experimenter ExperimenterGroup GroupExperimenterMap Namespace Node Session Share
ShareMember`

// required are the properties that must have a value: what OMERO's mapping
// calls required, what is on the many side of a one-to-many, both ends of
// links, and the names of named classes.
const required = `
AffineTransform: a00 a10 a01 a11 a02 a12
Arc: type
Channel: logicalChannel pixels
ChannelBinding: renderingDef family coefficient inputStart inputEnd active noiseReduction red green blue alpha
CodomainMapContext: channelBinding
ContrastStretchingContext: xstart ystart xend yend
DBPatch: currentVersion currentPatch previousVersion previousPatch
Dataset: name
Detector: type instrument
DetectorSettings: detector
Dichroic: instrument
Event: time experimenter experimenterGroup type session
EventLog: entityId entityType action event
Experiment: type
Experimenter: omeName firstName lastName ldap
ExperimenterGroup: name ldap
ExternalInfo: entityId entityType
Filament: type
Fileset: templatePrefix
FilesetEntry: fileset originalFile clientPath
Filter: instrument
FilterSet: instrument
Folder: name
GroupExperimenterMap: owner
Image: name
ImportJob: imageName imageDescription
Job: username groupname type message status submitted scheduledFor
Laser: type laserMedium
LightSettings: lightSource
LightSource: instrument
MicrobeamManipulation: type experiment
Microscope: type
Namespace: name
Node: uuid conn up
OTF: sizeX sizeY opticalAxisAveraged pixelsType path objective instrument
Objective: immersion correction instrument
ObjectiveSettings: objective
OriginalFile: path name
Pixels: image pixelsType sizeX sizeY sizeZ sizeC sizeT sha1 dimensionOrder
PlaneInfo: pixels theZ theC theT
PlaneSlicingContext: upperLimit lowerLimit planeSelected planePrevious constant
Plate: name
PlateAcquisition: plate
Project: name
ProjectionDef: renderingDef axis type active
QuantumDef: cdStart cdEnd bitResolution
Reagent: screen
RenderingDef: pixels defaultZ defaultT model quantization
Screen: name
Session: node uuid owner timeToIdle timeToLive started defaultEventType
Shape: roi
Share: group itemCount active data
StageLabel: name
StatsInfo: globalMin globalMax
Thumbnail: pixels mimeType sizeX sizeY
Well: plate
WellSample: well image
`

// ordered are the collections whose elements keep their places.
const ordered = `
ChannelBinding: spatialDomainEnhancement
Experimenter: groupExperimenterMap
Fileset: usedFiles jobLinks
Image: pixels
LightPath: excitationFilterLink
Pixels: channels
RenderingDef: waveRendering projections
Roi: shapes
Well: wellSamples
`

// unique are the properties of which no two objects have the same value.
const unique = `
Experimenter: omeName
ExperimenterGroup: name
Node: uuid
Session: uuid
`

// positive and notNegative are the numbers that OMERO bounds below.
const (
	positive = `
DetectorSettings: integration
Laser: frequencyMultiplication
LogicalChannel: samplesPerPixel
OTF: sizeX sizeY
Pixels: significantBits sizeX sizeY sizeZ sizeC sizeT
`
	notNegative = `
Image: series
PlaneInfo: theZ theC theT
`
	fraction = `
ImagingEnvironment: humidity co2percent
LightSettings: attenuation
TransmittanceRange: transmittance
`
)

// indexed are the properties that clients look objects up by, besides ids and
// links.
const indexed = `
Annotation: ns name
Dataset: name
Event: time
EventLog: entityId
Experimenter: omeName
ExperimenterGroup: name
Image: name
OriginalFile: name path hash repo
Plate: name
Project: name
Reagent: name
Screen: name
Session: uuid
TextAnnotation: textValue
`

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Rewrites the classes of a jar that are older than Java 6 as Java 8 classes with stack maps. The JVM verifies such old
 * classes at every start and keeps none of them in an ahead-of-time cache; picocli is made of them.
 */
final class ModernClasses {
    private static final int FIRST_WITH_STACK_MAPS = 50;

    public static void main(String[] arguments) throws Exception {
        Path jar = Path.of(arguments[0]);
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null);
                FileSystem files = FileSystems.newFileSystem(jar)) {
            ClassFile format = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ConstantPoolSharingOption.NEW_POOL,
                    ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)
                            .orElse(ClassHierarchyResolver.defaultResolver())));
            List<Path> classes;
            try (var walk = Files.walk(files.getPath("/"))) {
                classes = walk.filter(path -> path.toString().endsWith(".class")).toList();
            }
            for (Path path : classes) {
                var model = format.parse(Files.readAllBytes(path));
                if (model.majorVersion() < FIRST_WITH_STACK_MAPS) {
                    Files.write(path, format.build(model.thisClass().asSymbol(), builder -> modern(model, builder)));
                }
            }
        }
    }

    private static void modern(ClassModel old, ClassBuilder builder) {
        builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
        // Stack maps are made for the version that is set by then, and only for code that passes through a transform.
        CodeTransform each = (code, element) -> code.with(element);
        for (ClassElement element : old) {
            switch (element) {
                case ClassFileVersion version -> {}
                case MethodModel method -> builder.transformMethod(method, MethodTransform.transformingCode(each));
                default -> builder.with(element);
            }
        }
    }
}
